// Package gen is written by oapi-codegen.
package gen
