module github.com/exeseal/exeseal

go 1.21

require golang.org/x/sys v0.1.0
