//go:build tools

// Package tools pins the commands that make generate and make check run.
package tools

import (
	_ "github.com/golangci/misspell/cmd/misspell"
	_ "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen"
	_ "honnef.co/go/tools/cmd/staticcheck"
)
