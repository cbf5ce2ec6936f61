// SPDX-License-Identifier: MIT
// The file of --gtest_output, when several groups run in one process.
//
// GoogleTest writes it anew at the end of each run, and each group is a run. So what was there is kept and the reports
// are joined: after every group the file holds all groups so far, also if the next one takes the process down.
#ifndef CMOCKA_GTEST_OUTPUT_FILE_H
#define CMOCKA_GTEST_OUTPUT_FILE_H

#include <string>

namespace cmocka_gtest {

class OutputFile {
  public:
    // After start_googletest(): the path is settled then.
    OutputFile();

    void join_last_run();

  private:
    std::string path_;
    std::string so_far_;
};

// Two of GoogleTest's XML or JSON reports as one: the numbers at the head added, the suites one after the other.
std::string join_reports(const std::string &first, const std::string &second);

} // namespace cmocka_gtest

#endif
