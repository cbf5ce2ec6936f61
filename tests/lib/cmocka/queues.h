// SPDX-License-Identifier: MIT
// Queues by name: what a mocked function is to return, or what one of its parameters is to be.
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

    // The first entry, or null. It stays until forget(), whoever jumps away meanwhile.
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

    // Where the one before was declared, if there was one.
    SourceLocation last() const { return last_; }

    // Says what is left, in the words of `describe`; the first one's place, or none. Only the head of a queue may stay.
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
