// Command vcsim is govmomi's vCenter simulator with five generic powers more: setting any property, posting events with
// times of their own, many calls in one, delegating methods that it lacks, and hooking methods that it has. See extension.go.
package main

import (
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/vmware/govmomi/simulator"
)

// version is what Python probes for; it changes when what goes over the link or an order does.
const version = "5"

// heapGrowth is how far the heap grows, in percent, before garbage is collected: a vCenter has little of it and lives for
// seconds, and at Go's own 100 a tenth of its work would be to look for more. heapLimit is where it is looked for in any case.
const (
	heapGrowth = 800
	heapLimit  = 512 << 20
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on")
	inventory := flag.Bool("default-inventory", false, "start with govmomi's default inventory instead of an empty one")
	watch := flag.Bool("watch-stdin", false, "stop when standard input ends, that is when the process that holds it is gone")
	flag.Parse()

	debug.SetGCPercent(heapGrowth)
	debug.SetMemoryLimit(heapLimit)
	who, err := loginsFrom(os.Getenv)
	if err != nil {
		log.Fatalf("vcsim: %v", err)
	}
	model := newModel(*inventory)
	if err := model.Create(); err != nil {
		log.Fatalf("vcsim: %v", err)
	}
	encrypted, err := encryption()
	if err != nil {
		log.Fatalf("vcsim: %v", err)
	}
	server := serve(model.Service, *listen, who, encrypted)
	announce(os.Stdout, server.Listener.Addr().String())
	wait(*watch)
	model.Remove() // the temporary directories; open connections end with the process
}

// newModel is an inventory without even a datacenter, or govmomi's default one.
func newModel(filled bool) *simulator.Model {
	model := simulator.VPX()
	if !filled {
		model.Datacenter = 0
	}
	return model
}

// serve extends the service and lets it listen, with TLS.
func serve(service *simulator.Service, listen string, who logins, encrypted *tls.Config) *simulator.Server {
	x := extend(service, who)
	service.Listen = &url.URL{Host: listen, User: url.User(who.operator.user)} // a user here makes govmomi ask ValidLogin
	service.TLS = encrypted
	service.ServeMux = http.NewServeMux()
	service.ServeMux.Handle(linkPath, x.link)
	service.ServeMux.Handle(ordersPath, &orders{agent: who.agent, service: service, settings: x.settings})
	service.Context.Map.SessionManager().ValidLogin = who.valid
	return service.NewServer()
}

// announce tells the process that started us where we listen, in one line of JSON.
func announce(out io.Writer, address string) {
	_ = json.NewEncoder(out).Encode(map[string]string{"address": address, "extension": version})
}

// wait returns on SIGINT, SIGTERM or, if watched, the end of standard input.
func wait(watch bool) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	ended := make(chan struct{})
	if watch {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			close(ended)
		}()
	}
	select {
	case got := <-stop:
		fmt.Fprintln(os.Stderr, "vcsim: stops on", got)
	case <-ended:
		fmt.Fprintln(os.Stderr, "vcsim: stops because standard input ended")
	}
}
