//go:build tools

// Package tools pins the linter of docs/ci/github-actions.
package tools

import _ "github.com/rhysd/actionlint/cmd/actionlint"
