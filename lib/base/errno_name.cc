// SPDX-License-Identifier: MIT
// Errno values and their names: those that Linux has on every architecture, and none of libc's own.
#include "base/errno_name.h"

#include <cerrno>

namespace exeseal {

const char *errno_name(int error) {
    switch (error) {
    case EPERM:
        return "EPERM";
    case ENOENT:
        return "ENOENT";
    case ESRCH:
        return "ESRCH";
    case EINTR:
        return "EINTR";
    case EIO:
        return "EIO";
    case ENXIO:
        return "ENXIO";
    case E2BIG:
        return "E2BIG";
    case ENOEXEC:
        return "ENOEXEC";
    case EBADF:
        return "EBADF";
    case ECHILD:
        return "ECHILD";
    case EAGAIN:
        return "EAGAIN";
    case ENOMEM:
        return "ENOMEM";
    case EACCES:
        return "EACCES";
    case EFAULT:
        return "EFAULT";
    case ENOTBLK:
        return "ENOTBLK";
    case EBUSY:
        return "EBUSY";
    case EEXIST:
        return "EEXIST";
    case EXDEV:
        return "EXDEV";
    case ENODEV:
        return "ENODEV";
    case ENOTDIR:
        return "ENOTDIR";
    case EISDIR:
        return "EISDIR";
    case EINVAL:
        return "EINVAL";
    case ENFILE:
        return "ENFILE";
    case EMFILE:
        return "EMFILE";
    case ENOTTY:
        return "ENOTTY";
    case ETXTBSY:
        return "ETXTBSY";
    case EFBIG:
        return "EFBIG";
    case ENOSPC:
        return "ENOSPC";
    case ESPIPE:
        return "ESPIPE";
    case EROFS:
        return "EROFS";
    case EMLINK:
        return "EMLINK";
    case EPIPE:
        return "EPIPE";
    case EDOM:
        return "EDOM";
    case ERANGE:
        return "ERANGE";
    case EDEADLK:
        return "EDEADLK";
    case ENAMETOOLONG:
        return "ENAMETOOLONG";
    case ENOLCK:
        return "ENOLCK";
    case ENOSYS:
        return "ENOSYS";
    case ENOTEMPTY:
        return "ENOTEMPTY";
    case ELOOP:
        return "ELOOP";
    case ENODATA:
        return "ENODATA";
    case EOVERFLOW:
        return "EOVERFLOW";
    case EILSEQ:
        return "EILSEQ";
    case EUSERS:
        return "EUSERS";
    case ENOTSOCK:
        return "ENOTSOCK";
    case EMSGSIZE:
        return "EMSGSIZE";
    case EOPNOTSUPP:
        return "EOPNOTSUPP";
    case ENOTCONN:
        return "ENOTCONN";
    case ECONNRESET:
        return "ECONNRESET";
    case ETIMEDOUT:
        return "ETIMEDOUT";
    case ESTALE:
        return "ESTALE";
    case EUCLEAN:
        return "EUCLEAN";
    case EREMOTEIO:
        return "EREMOTEIO";
    case EDQUOT:
        return "EDQUOT";
    case ECANCELED:
        return "ECANCELED";
    case ENOPKG:
        return "ENOPKG";
    case ENOKEY:
        return "ENOKEY";
    case EKEYREJECTED:
        return "EKEYREJECTED";
    case EBADMSG:
        return "EBADMSG";
    case EBADFD:
        return "EBADFD";
    case ELIBBAD:
        return "ELIBBAD";
    default:
        return nullptr;
    }
}

} // namespace exeseal
