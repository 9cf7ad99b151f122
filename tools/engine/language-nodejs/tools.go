//go:build tools

// Package tools pins Pulumi's Node language host, so that `go build` of it needs nothing but this module's go.sum.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
