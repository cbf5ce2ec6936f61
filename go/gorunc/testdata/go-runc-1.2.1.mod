module github.com/exeseal/exeseal/go/gorunc

go 1.21

require (
	github.com/containerd/go-runc v1.2.1
	github.com/exeseal/exeseal v0.1.0
	github.com/opencontainers/runtime-spec v1.1.0
	golang.org/x/sys v0.2.0
)

require github.com/containerd/console v1.0.5 // indirect

// A newer go-runc than go.mod's: go test -modfile=testdata/go-runc-1.2.1.mod .
replace github.com/exeseal/exeseal => ../..
