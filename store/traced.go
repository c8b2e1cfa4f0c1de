package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/XSAM/otelsql"
	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
)

// poolOpener makes a pool of what opens its connections, as sql.OpenDB does.
type poolOpener func(driver.Connector) *sql.DB

// OpenTraced is Open with a span for each statement that is carried out for a span: its text, and never
// what is put into it, nor what the database says of that.
func OpenTraced(ctx context.Context, url string, log *slog.Logger, traces trace.TracerProvider) (*Store, error) {
	return openWith(ctx, url, log, dialectOf(url), tracedPools(url, traces))
}

// tracedPools makes pools that make these spans.
func tracedPools(url string, traces trace.TracerProvider) poolOpener {
	system := semconv.DBSystemNamePostgreSQL
	if strings.HasPrefix(url, "sqlite:") {
		system = semconv.DBSystemNameSQLite
	}
	return func(connector driver.Connector) *sql.DB {
		return otelsql.OpenDB(connector,
			otelsql.WithTracerProvider(traces),
			otelsql.WithAttributes(system),
			otelsql.WithSpanNameFormatter(statementName),
			otelsql.WithSpanErrorAttributesGetter(errorType),
			otelsql.WithSpanOptions(otelsql.SpanOptions{
				OmitConnResetSession: true,
				OmitConnPrepare:      true,
				OmitRows:             true,
				OmitConnectorConnect: true,
				RecordError:          func(error) bool { return false }, // its text may quote a value
				SpanFilter: func(ctx context.Context, _ otelsql.Method, _ string, _ []driver.NamedValue) bool {
					return trace.SpanContextFromContext(ctx).IsValid() // not what the store does by itself
				},
			}))
	}
}

// statementName names a statement's span by the first word of it.
func statementName(_ context.Context, method otelsql.Method, statement string) string {
	switch method {
	case otelsql.MethodConnBeginTx:
		return "BEGIN"
	case otelsql.MethodTxCommit:
		return "COMMIT"
	case otelsql.MethodTxRollback:
		return "ROLLBACK"
	}
	if words := strings.Fields(statement); len(words) > 0 {
		return strings.ToUpper(words[0])
	}
	return string(method)
}

// errorType tells what kind of error a statement ended in.
func errorType(err error) []attribute.KeyValue {
	if errors.Is(err, driver.ErrSkip) {
		return nil
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return []attribute.KeyValue{semconv.DBResponseStatusCode(e.Code), semconv.ErrorTypeKey.String(e.Code)}
	}
	return []attribute.KeyValue{semconv.ErrorTypeKey.String(fmt.Sprintf("%T", err))}
}
