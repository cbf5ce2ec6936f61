// SPDX-License-Identifier: MIT
// Which locks and leases the host program would lose if its file were opened anew and closed.
#pragma once

namespace exeseal {

struct Felt {
    bool is_lease = false; // open(2) breaks the write lease that the descriptor holds
    // close(2) of any descriptor of the file drops the record locks of this process (fcntl(2))
    bool is_lock = false;

    bool anything() const { return is_lease || is_lock; }
};

// Reports neither for an O_PATH descriptor, on which fcntl(2) cannot query them.
Felt felt_by_host(int fd);

} // namespace exeseal
