// SPDX-License-Identifier: MIT
// Fuzzes the parser of Nix wrapper scripts: the input is the script.
#include "find/wrapper.h"
#include "fuzz.h"

#include <cerrno>

using namespace exeseal;
using namespace exeseal::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    std::string_view input(reinterpret_cast<const char *>(data), size);
    Exact copy(size, input);
    std::string_view script = copy.bytes(), program, again;
    Failure failure = wrapped_program(script, program);
    hold(copy.bytes() == input, "the script is left unchanged");
    hold(is_script(script) == (input.substr(0, 2) == "#!"), "a script begins with #!");
    Failure second = wrapped_program(script, again);
    hold(second.error == failure.error && second.where == failure.where, "the same answer twice");
    if (failure) {
        hold(failure.error == EPERM && failure.step == EXESEAL_STEP_SCRIPT, "a script is refused by a rule");
        return 0;
    }
    hold(program.data() == again.data() && program.size() == again.size(), "the same program twice");
    hold(program.data() >= script.data() && program.data() + program.size() <= script.data() + script.size(),
         "the program is a part of the script");
    hold(program.substr(0, 1) == "/", "the program is absolute");
    hold(program.find_first_of(std::string_view("\0\n\\$`\"'*?[~;&|<>()#", 19)) == program.npos,
         "a shell expands nothing in the program");
    std::string line = "#!/bin/sh\nexec -a \"$0\" \"" + std::string(program) + "\" \"$@\"\n";
    hold(!wrapped_program(line, again) && again == program, "a wrapper of the program leads to it");
    line += "exec other\n";
    hold(bool(wrapped_program(line, again)), "the last exec line decides");
    return 0;
}
