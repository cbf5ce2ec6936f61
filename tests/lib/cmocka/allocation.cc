// SPDX-License-Identifier: MIT
#include "allocation.h"

#include "abi.h"
#include "message.h"
#include "running.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

using namespace cmocka_gtest;

namespace {

// The same sizes and patterns as libcmocka's, since a test may depend on them.
constexpr size_t guard_size = 16;
constexpr unsigned char guard_pattern = 0xEF, fresh_pattern = 0xBA, freed_pattern = 0xCD;

struct Block {
    size_t size;
    SourceLocation allocated;
    HeapMark born;
    std::thread::id owner;
};

// One thread may free what another allocated, so the blocks belong to the process. The map is never
// destroyed: threads may run until the very end, and leak checkers should see a block that nobody
// freed as reachable, as they do with libcmocka.
using Blocks = std::map<unsigned char *, Block>;
std::mutex blocks_lock;
auto &blocks = *new Blocks;
HeapMark last_born;

// Allocates before it locks. If a test has broken the heap, a signal leaves malloc() by a jump, and
// the lock would stay locked.
void remember(unsigned char *data, size_t size, SourceLocation allocated) {
    Blocks one = {{data, {size, allocated, 0, std::this_thread::get_id()}}};
    auto node = one.extract(one.begin());
    std::lock_guard lock(blocks_lock);
    node.mapped().born = ++last_born;
    blocks.insert(std::move(node));
}

std::optional<Block> find(unsigned char *data) {
    std::lock_guard lock(blocks_lock);
    auto found = blocks.find(data);
    return found == blocks.end() ? std::nullopt : std::optional(found->second);
}

void forget(unsigned char *data) {
    std::unique_lock lock(blocks_lock);
    auto node = blocks.extract(data);
    lock.unlock();
}

struct Leak {
    unsigned char *data;
    Block block;
};

std::vector<Leak> leaks_since(HeapMark since) {
    std::lock_guard lock(blocks_lock);
    std::vector<Leak> leaks;
    for (const auto &[data, block] : blocks) {
        if (block.born > since && block.owner == std::this_thread::get_id())
            leaks.push_back({data, block});
    }
    std::sort(leaks.begin(), leaks.end(), [](const Leak &a, const Leak &b) { return a.block.born < b.block.born; });
    return leaks;
}

// Returns the first changed byte of a guard, or null.
const unsigned char *damage(const unsigned char *data, size_t size) {
    for (const unsigned char *guard : {data - guard_size, data + size}) {
        auto end = guard + guard_size;
        auto byte = std::find_if(guard, end, [](unsigned char c) { return c != guard_pattern; });
        if (byte != end)
            return byte;
    }
    return nullptr;
}

void *allocate(size_t size, SourceLocation where) {
    size_t whole = size + 2 * guard_size;
    auto begin = whole > size ? static_cast<unsigned char *>(malloc(whole)) : nullptr;
    if (begin == nullptr) {
        say("no memory for %zu bytes\n", size);
        leave_failing(where);
    }
    memset(begin, guard_pattern, guard_size);
    memset(begin + guard_size, fresh_pattern, size);
    memset(begin + guard_size + size, guard_pattern, guard_size);
    remember(begin + guard_size, size, where);
    return begin + guard_size;
}

void release(void *pointer, SourceLocation where) {
    auto data = static_cast<unsigned char *>(pointer);
    auto block = find(data);
    if (!block) {
        say("error: %p was not allocated by test_malloc(), or was freed before\n", pointer);
        leave_failing(where);
    }
    if (auto byte = damage(data, block->size)) {
        say("error: Guard block of %p size=%zu is corrupt at %p\n", pointer, block->size,
            static_cast<const void *>(byte));
        say("%s:%d: note: allocated here\n", block->allocated.file, block->allocated.line);
        leave_failing(where);
    }
    forget(data);
    memset(data - guard_size, freed_pattern, block->size + 2 * guard_size);
    free(data - guard_size);
}

std::optional<Leak> oldest_leak(HeapMark since) {
    auto leaks = leaks_since(since);
    return leaks.empty() ? std::nullopt : std::optional(leaks.front());
}

SourceLocation say_leaks(HeapMark since, const char *who) {
    auto leaks = leaks_since(since);
    if (leaks.empty())
        return {};
    say("%s leaked %zu block(s)\n", who, leaks.size());
    for (const Leak &leak : leaks)
        say("%s:%d: note: block %p allocated here\n", leak.block.allocated.file, leak.block.allocated.line,
            static_cast<void *>(leak.data));
    return leaks.front().block.allocated;
}

} // namespace

HeapMark cmocka_gtest::mark_heap() {
    std::lock_guard lock(blocks_lock);
    return last_born;
}

void cmocka_gtest::fail_if_leaked(HeapMark since, const char *who) {
    SourceLocation first = say_leaks(since, who);
    // A block with a damaged guard is reported and not freed, as in libcmocka.
    while (auto leak = oldest_leak(since))
        release(leak->data, leak->block.allocated);
    if (first.file != nullptr)
        leave_failing(first);
}

extern "C" {

void *_test_malloc(size_t size, const char *file, int line) {
    return allocate(size, {file, line});
}

void *_test_calloc(size_t number, size_t size, const char *file, int line) {
    size_t whole;
    if (__builtin_mul_overflow(number, size, &whole)) {
        say("%zu times %zu bytes are too many\n", number, size);
        leave_failing({file, line});
    }
    return memset(allocate(whole, {file, line}), 0, whole);
}

void *_test_realloc(void *pointer, size_t size, const char *file, int line) {
    if (pointer == nullptr)
        return allocate(size, {file, line});
    if (size == 0) {
        release(pointer, {file, line});
        return nullptr;
    }
    auto old = find(static_cast<unsigned char *>(pointer));
    void *fresh = allocate(size, {file, line});
    if (old)
        memcpy(fresh, pointer, std::min(old->size, size));
    release(pointer, {file, line});
    return fresh;
}

void _test_free(void *pointer, const char *file, int line) {
    if (pointer != nullptr)
        release(pointer, {file, line});
}
}
