// SPDX-License-Identifier: MIT

// Lets program.go declare a function that has no body here.
