// SPDX-License-Identifier: MIT
// Says from its static constructors what it runs from, and once more from main.
#include "witness.h"

#include <iostream>
#include <string>
#include <unistd.h>

namespace {

// By write(2): what a stream holds back is lost if the program executes itself.
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
