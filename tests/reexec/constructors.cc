// SPDX-License-Identifier: MIT
// Prints what it runs from, in its static constructors and again in main.
#include "witness.h"

#include <iostream>
#include <string>
#include <unistd.h>

namespace {

// Uses write(2), because a stream would lose its buffer if the program executed itself.
void say(const std::string &what) {
    std::string line = what + " " + std::to_string(seals_of_running_file()) + "\n";
    if (write(WITNESS_FD, line.data(), line.size()) < 0)
        _exit(5);
}

struct Early {
    Early() { say("constructor"); }
    ~Early() { say("destructor"); }
} early;

__attribute__((constructor(101))) void first() {
    say("first");
}

std::string dynamically_initialized = std::string("main");

} // namespace

int main() {
    say(dynamically_initialized);
}
