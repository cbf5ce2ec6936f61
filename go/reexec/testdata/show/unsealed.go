// SPDX-License-Identifier: MIT

//go:build unsealed

package main

import _ "github.com/exeseal/exeseal/go/reexec/orunsealed"
