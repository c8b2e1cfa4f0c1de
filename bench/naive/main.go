// Naive is the server that a day's work with the same libraries gives: what is
// generated as it is generated, a validator that finds its route by itself, GORM and
// database/sql as they come, a row at a time, and the token looked up each time. It
// is what attributed is compared with, and nothing to run in earnest.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/labstack/echo/v4"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"attributed/gen"
)

func main() {
	db, err := gorm.Open(postgres.Open(os.Getenv("ATTRIBUTED_DATABASE")))
	if err != nil {
		log.Fatal(err)
	}
	spec, err := gen.GetSpec()
	if err != nil {
		log.Fatal(err)
	}
	router, err := gorillamux.NewRouter(spec)
	if err != nil {
		log.Fatal(err)
	}
	e := echo.New()
	e.HideBanner = true
	e.GET("/readyz", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	api := e.Group("", validate(router), authenticate(db))
	gen.RegisterHandlers(api, gen.NewStrictHandler(server{db: db}, nil))
	log.Fatal(e.Start(os.Getenv("ATTRIBUTED_LISTEN")))
}

// validate checks a request as the validator middleware of oapi-codegen does: with
// kin-openapi's own router, and the body decoded for that alone.
func validate(router routers.Router) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			route, path, err := router.FindRoute(c.Request())
			if err != nil {
				return echo.NewHTTPError(http.StatusNotFound, err.Error())
			}
			err = openapi3filter.ValidateRequest(c.Request().Context(), &openapi3filter.RequestValidationInput{
				Request:    c.Request(),
				PathParams: path,
				Route:      route,
				Options: &openapi3filter.Options{
					MultiError:         true,
					AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
				},
			})
			if err != nil {
				return echo.NewHTTPError(http.StatusUnprocessableEntity, err.Error())
			}
			return next(c)
		}
	}
}

// authenticate looks up the token, and leaves the organization on the context.
func authenticate(db *gorm.DB) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			hash := sha256.Sum256([]byte(strings.TrimPrefix(c.Request().Header.Get("Authorization"), "ApiKey ")))
			var found token
			err := db.WithContext(c.Request().Context()).Preload("User.Membership.Organization").
				First(&found, "token_hash = ?", hex.EncodeToString(hash[:])).Error
			if errors.Is(err, gorm.ErrRecordNotFound) || err == nil && !found.User.IsActive {
				return echo.ErrUnauthorized
			}
			if err != nil {
				return err
			}
			c.SetRequest(c.Request().WithContext(withOrganization(c.Request().Context(), found.User.Membership.Organization)))
			return next(c)
		}
	}
}
