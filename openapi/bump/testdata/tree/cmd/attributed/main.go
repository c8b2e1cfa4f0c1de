// Attributed stands for our program in the tests. It serves greetings, and checks a server of them.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"syscall"

	"github.com/labstack/echo/v4"

	"attributed/gen"
	"attributed/server"
)

// fault is what TRIAL wants to go wrong.
var fault = os.Getenv("TRIAL")

func main() {
	switch os.Args[1] {
	case "serve":
		serve()
	case "contract":
		check(os.Args[3])
	}
}

func serve() {
	if file := os.Getenv("TRIAL_PID"); file != "" {
		if err := os.WriteFile(file, []byte(strconv.Itoa(os.Getpid())), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	switch fault {
	case "ends":
		log.Fatal("the rule names the property userUuid, which the spec lacks")
	case "silent":
		select {}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("# To be pasted:\ncurl http://%s/greeting -H 'Authorization: ApiKey secret'\n", listener.Addr())
	e := echo.New()
	gen.RegisterHandlers(e, gen.NewStrictHandler(server.Server{}, nil))
	log.Fatal(http.Serve(listener, e))
}

func check(url string) {
	answer, err := http.Get(url + "/greeting")
	if err != nil {
		log.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil || os.Getenv("ATTRIBUTED_TOKEN") != "secret" {
		log.Fatal(err, os.Getenv("ATTRIBUTED_TOKEN"))
	}
	switch fault {
	case "finding":
		fmt.Printf("1. value-changed: color is not what was sent: %s", body)
		os.Exit(1)
	case "endless":
		select {}
	case "killed":
		pid, err := strconv.Atoi(os.Getenv("KILL_SPECBUMP_LATE"))
		if err != nil {
			log.Fatal(err)
		}
		syscall.Kill(pid, syscall.SIGKILL)
	}
}
