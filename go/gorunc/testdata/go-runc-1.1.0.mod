module github.com/exeseal/exeseal

go 1.21

require (
	github.com/containerd/go-runc v1.2.1
	github.com/opencontainers/runtime-spec v1.1.0-rc.2
	golang.org/x/sys v0.2.0
)

require (
	github.com/containerd/console v1.0.3 // indirect
	github.com/sirupsen/logrus v1.9.0 // indirect
)

// go-runc as nerdbox has it: go test -modfile=go/gorunc/testdata/go-runc-1.1.0.mod ./go/gorunc
replace github.com/containerd/go-runc => github.com/containerd/go-runc v1.1.0
