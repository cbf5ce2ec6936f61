module github.com/exeseal/exeseal

go 1.21

require (
	github.com/containerd/go-runc v1.2.1
	github.com/opencontainers/runtime-spec v1.1.0
	golang.org/x/sys v0.1.0
)

require github.com/containerd/console v1.0.5 // indirect
