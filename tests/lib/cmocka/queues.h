// SPDX-License-Identifier: MIT
// Queues by name: values for a mocked function to return, or expectations for one of its
// parameters.
#ifndef CMOCKA_GTEST_QUEUES_H
#define CMOCKA_GTEST_QUEUES_H

#include "abi.h"
#include "message.h"
#include "times.h"

#include <algorithm>
#include <list>
#include <string_view>

namespace cmocka_gtest {

template <class Value> class Queues {
  public:
    struct Entry {
        Value value;
        SourceLocation declared;
        Times times;
    };

    void add(const char *function, const char *parameter, Entry entry) {
        auto queue = find(function, parameter);
        if (queue == queues_.end())
            queue = queues_.insert(queue, {function, parameter, {}});
        queue->entries.push_back(std::move(entry));
    }

    // Returns the first entry, or null. It stays until forget(), even if a jump leaves the caller.
    const Entry *next(const char *function, const char *parameter) {
        auto queue = find(function, parameter);
        if (queue == queues_.end() || queue->entries.empty() || queue->entries.front().times.never())
            return nullptr;
        auto entry = queue->entries.begin();
        last_ = entry->declared;
        if (entry->times.use())
            used_.splice(used_.end(), queue->entries, entry);
        return &*entry;
    }

    // The place where the previous one was declared, if there was one.
    SourceLocation last() const { return last_; }

    // Reports the remaining entries, in the words of `describe`. Returns the place of the first, or
    // no place. Only the head of a queue may remain.
    SourceLocation find_unused(void (*describe)(const char *function, const char *parameter)) {
        SourceLocation first = {};
        for (Queue &queue : queues_) {
            if (!queue.entries.empty() && queue.entries.front().times.may_stay())
                queue.entries.pop_front();
            if (queue.entries.empty())
                continue;
            describe(queue.function, queue.parameter);
            for (const Entry &entry : queue.entries)
                say("%s:%d: note: remaining item was declared here\n", entry.declared.file, entry.declared.line);
            if (first.file == nullptr)
                first = queue.entries.front().declared;
        }
        return first;
    }

    void forget() {
        queues_.clear();
        used_.clear();
        last_ = {};
    }

  private:
    struct Queue {
        const char *function;
        const char *parameter;
        std::list<Entry> entries;
    };

    auto find(std::string_view function, std::string_view parameter) {
        return std::find_if(queues_.begin(), queues_.end(), [=](const Queue &queue) {
            return function == queue.function && parameter == queue.parameter;
        });
    }

    std::list<Queue> queues_;
    std::list<Entry> used_;
    SourceLocation last_ = {};
};

} // namespace cmocka_gtest

#endif
