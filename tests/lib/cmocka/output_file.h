// SPDX-License-Identifier: MIT
// The file of --gtest_output, for several groups in one process.
//
// GoogleTest writes the file anew at the end of each run, and each group is a run. So the old
// contents are kept and the reports are joined: after every group the file has all groups so far,
// even if the next one ends the process.
#ifndef CMOCKA_GTEST_OUTPUT_FILE_H
#define CMOCKA_GTEST_OUTPUT_FILE_H

#include <string>

namespace cmocka_gtest {

class OutputFile {
  public:
    // Call after start_googletest(), which fixes the path.
    OutputFile();

    void join_last_run();

  private:
    std::string path_;
    std::string so_far_;
};

// Joins two of GoogleTest's XML or JSON reports: the numbers at the head are added, the suites
// follow each other.
std::string join_reports(const std::string &first, const std::string &second);

} // namespace cmocka_gtest

#endif
