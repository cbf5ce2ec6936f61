// SPDX-License-Identifier: MIT

//go:build exeseal_system

package examples_test

func init() { tag = "exeseal_system" }
