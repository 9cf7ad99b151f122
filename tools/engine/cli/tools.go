//go:build tools

// Package tools pins the Pulumi engine, so that `go build` of it needs nothing but this module's go.sum.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
