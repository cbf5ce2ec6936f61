// SPDX-License-Identifier: MIT
// What the host program would feel if a file of its were opened anew and closed.
#pragma once

namespace exeseal {

struct Felt {
    bool is_lease = false; // open(2) breaks the write lease that the descriptor holds
    bool is_lock = false;  // close(2) of any descriptor of the file drops the record locks of this process (fcntl(2))

    bool anything() const { return is_lease || is_lock; }
};

// Nothing if it is O_PATH: such a descriptor cannot be asked.
Felt felt_by_host(int fd);

} // namespace exeseal
