// SPDX-License-Identifier: MIT

//go:build exeseal_purego

package examples_test

func init() { tag = "exeseal_purego" }
