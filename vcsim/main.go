// Command vcsim is govmomi's vCenter simulator with five generic powers more: setting any property, posting events with
// times of their own, many calls in one, delegating methods that it lacks, and hooking methods that it has. See extension.go.
package main

import (
	"context"
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
	many := flag.Bool("several", false, "start and stop vCenters as standard input says, and stop when it ends (see several.go)")
	flag.Parse()

	debug.SetGCPercent(heapGrowth)
	debug.SetMemoryLimit(heapLimit)
	start := func(getenv func(string) string) (*running, error) { return begin(*listen, *inventory, getenv) }
	if *many {
		if err := serveSeveral(os.Stdin, os.Stdout, start); err != nil {
			log.Fatalf("vcsim: %v", err)
		}
		return
	}
	vcenter, err := start(os.Getenv)
	if err != nil {
		log.Fatalf("vcsim: %v", err)
	}
	announce(os.Stdout, vcenter.address())
	wait()
	vcenter.stop()
}

// running is a vCenter that listens.
type running struct {
	model  *simulator.Model
	server *simulator.Server
}

// begin makes a vCenter, and lets it listen.
func begin(listen string, filled bool, getenv func(string) string) (*running, error) {
	who, err := loginsFrom(getenv)
	if err != nil {
		return nil, err
	}
	encrypted, err := encryption()
	if err != nil {
		return nil, err
	}
	model, err := newModel(filled)
	if err != nil {
		return nil, err
	}
	return &running{model, serve(model.Service, listen, who, encrypted)}, nil
}

func (r *running) address() string { return r.server.Listener.Addr().String() }

// stop ends it with all of its connections and its temporary directories.
func (r *running) stop() {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	_ = r.server.Config.Shutdown(now) // ends those as well that are connections of the laboratory by now
	_ = r.server.Config.Close()
	r.model.Remove()
}

// serve extends the service and lets it listen, with TLS.
func serve(service *simulator.Service, listen string, who logins, encrypted *tls.Config) *simulator.Server {
	x := extend(service, who)
	service.Listen = &url.URL{Host: listen, User: url.User(who.operator.user)} // a user here makes govmomi ask ValidLogin
	service.TLS = encrypted
	service.ServeMux = http.NewServeMux()
	service.ServeMux.Handle(linkPath, x.link)
	service.ServeMux.Handle(ordersPath, &orders{agent: who.agent, service: service, settings: x.settings, maker: x.maker})
	service.Context.Map.SessionManager().ValidLogin = who.valid
	return service.NewServer()
}

// announce tells the process that started us where we listen, in one line of JSON.
func announce(out io.Writer, address string) {
	_ = json.NewEncoder(out).Encode(map[string]string{"address": address, "extension": version})
}

// wait returns on SIGINT or SIGTERM.
func wait() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	fmt.Fprintln(os.Stderr, "vcsim: stops on", <-stop)
}
