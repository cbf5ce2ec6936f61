module github.com/exeseal/exeseal/tests/lib/vm/guest/containers

go 1.21

require (
	github.com/containerd/go-runc v1.1.0
	github.com/exeseal/exeseal v0.1.0
	github.com/exeseal/exeseal/go/gorunc v0.1.0
	github.com/opencontainers/runtime-spec v1.1.0-rc.2
	golang.org/x/sys v0.2.0
)

require (
	github.com/containerd/console v1.0.3 // indirect
	github.com/sirupsen/logrus v1.9.0 // indirect
)

replace (
	github.com/exeseal/exeseal => ../../../../..
	github.com/exeseal/exeseal/go/gorunc => ../../../../../go/gorunc
)
