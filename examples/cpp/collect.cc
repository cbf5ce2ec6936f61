// SPDX-License-Identifier: MIT
// collect NAME [ARGUMENT...]: runs a program from a sealed copy and collects its output.
#include <exeseal.hpp>

#include <iostream>
#include <stdexcept>

// Reads to the end of the pipe.
static std::string read_all(const exeseal::Descriptor &pipe) {
    std::string text;
    char buffer[4096];
    for (ssize_t count; (count = read(pipe.get(), buffer, sizeof buffer)) != 0;) {
        if (count > 0)
            text.append(buffer, static_cast<size_t>(count));
        else if (errno != EINTR)
            throw std::system_error(errno, std::generic_category(), "read");
    }
    return text;
}

int main(int argc, char **argv) try {
    if (argc < 2)
        throw std::invalid_argument("no program is named");
    exeseal::Resolved program = exeseal::resolve(argv[1]);
    exeseal::Sealed sealed = exeseal::clone(program, exeseal::CloneOptions().with_require(exeseal::Guarantee::sealed));
    exeseal::Process process =
        exeseal::spawn(sealed, argv + 1, environ, exeseal::SpawnOptions().with_out(exeseal::Stdio::pipe),
                       exeseal::ExecOptions().with_no_new_privs());
    std::string output = read_all(process.out);
    exeseal::ExitStatus status = process.wait();
    std::cout << sealed.report().text() << output.size() << " bytes from " << program.path() << ":\n" << output;
    return status.signal == 0 ? status.code : 128 + status.signal;
} catch (const std::exception &error) {
    std::cerr << "collect: " << error.what() << "\n"; // of an exeseal::Error: with the report
    return 125;
}
