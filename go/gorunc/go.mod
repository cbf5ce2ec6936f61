module github.com/exeseal/exeseal/go/gorunc

go 1.21

require (
	github.com/containerd/go-runc v1.1.0
	github.com/exeseal/exeseal v0.1.0
	github.com/opencontainers/runtime-spec v1.1.0-rc.2
	golang.org/x/sys v0.2.0
)

require (
	github.com/containerd/console v1.0.3 // indirect
	github.com/sirupsen/logrus v1.9.0 // indirect
)

// For the checkout, in which both modules change together. Go ignores the line in the module of a
// user, who gets the version above: it is released together with this one.
replace github.com/exeseal/exeseal => ../..
