module github.com/exeseal/exeseal/tests/bench

go 1.25.0

require (
	github.com/containerd/go-runc v1.2.1
	github.com/exeseal/exeseal v0.1.0
	github.com/exeseal/exeseal/go/gorunc v0.1.0
	github.com/opencontainers/runc v1.5.2
	golang.org/x/sys v0.46.0
)

require (
	cyphar.com/go-pathrs v0.2.6 // indirect
	github.com/containerd/console v1.0.5 // indirect
	github.com/cyphar/filepath-securejoin v0.7.0 // indirect
	github.com/opencontainers/runtime-spec v1.3.0 // indirect
	github.com/sirupsen/logrus v1.9.4 // indirect
)

replace (
	github.com/exeseal/exeseal => ../..
	github.com/exeseal/exeseal/go/gorunc => ../../go/gorunc
)
