// SPDX-License-Identifier: MIT
// How often an expectation may be used.
#ifndef CMOCKA_GTEST_TIMES_H
#define CMOCKA_GTEST_TIMES_H

namespace cmocka_gtest {

// N > 0: N times. -1 (WILL_RETURN_ALWAYS): any number, at least once. -2 and below
// (WILL_RETURN_ONCE, which the header's ..._maybe() macros use): any number, including none.
class Times {
  public:
    explicit Times(int count) : left_(count) {}

    bool may_stay() const { return left_ < -1; }

    // Returns true if this was the last use.
    bool use() {
        if (left_ > -2)
            --left_;
        return left_ == 0;
    }

    // libcmocka accepts 0 for parameters, but then neither finds nor forgets the expectation.
    bool never() const { return left_ == 0; }

  private:
    int left_;
};

} // namespace cmocka_gtest

#endif
