package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
)

var testLogins = logins{operator: login{"operator", "secret-o"}, agent: login{"agent", "secret-a"}}

// vcenter is a served simulator with govmomi's default inventory.
type vcenter struct {
	t      *testing.T
	server *simulator.Server
	model  *simulator.Model
}

func newVcenter(t *testing.T) *vcenter {
	t.Helper()
	model, err := newModel(true)
	if err != nil {
		t.Fatal(err)
	}
	encrypted, err := encryption()
	if err != nil {
		t.Fatal(err)
	}
	v := &vcenter{t, serve(model.Service, "127.0.0.1:0", testLogins, encrypted), model}
	t.Cleanup(model.Remove) // the server is left to the end of the test binary: an upgraded connection keeps Close waiting
	return v
}

func (v *vcenter) client(who login) *govmomi.Client {
	v.t.Helper()
	u := *v.server.URL
	u.User = url.UserPassword(who.user, who.password)
	c, err := govmomi.NewClient(context.Background(), &u, true)
	if err != nil {
		v.t.Fatal(err)
	}
	return c
}

func (v *vcenter) hook(method, phases string) {
	v.t.Helper()
	if said := v.order(fmt.Sprintf(`{"HOOK": {%q: %q}}`, method, phases))[0]; said != "" {
		v.t.Fatal(said)
	}
}

func (v *vcenter) vm() *simulator.VirtualMachine {
	return v.model.Map().Any("VirtualMachine").(*simulator.VirtualMachine)
}

// upgrade makes a connection of that protocol, as the laboratory does; with what reads it, or the status that refuses it.
func (v *vcenter) upgrade(path, protocol string, who login) (*tls.Conn, *bufio.Reader, int) {
	v.t.Helper()
	conn, err := tls.Dial("tcp", v.server.URL.Host, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { _ = conn.Close() })
	req, _ := http.NewRequest(http.MethodGet, "https://vcsim"+path, nil)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", protocol)
	req.SetBasicAuth(who.user, who.password)
	if err = req.Write(conn); err != nil {
		v.t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, req)
	if err != nil {
		v.t.Fatal(err)
	}
	return conn, in, res.StatusCode
}

// dial connects as the laboratory does; answer maps each question to the reply's fields, nil for none at all.
func (v *vcenter) dial(answer func(map[string]any) map[string]any) *tls.Conn {
	v.t.Helper()
	conn, in, status := v.upgrade(linkPath, linkProtocol, testLogins.agent)
	if status != http.StatusSwitchingProtocols {
		v.t.Fatalf("dial: %d", status)
	}
	go answerAll(conn, in, answer)
	return conn
}

// order gives one order after the other, on a connection of their own, and tells what vcsim does not take of each.
func (v *vcenter) order(lines ...string) (said []string) {
	v.t.Helper()
	for _, told := range v.verdicts(lines...) {
		said = append(said, told.Error)
	}
	return said
}

// verdicts are what vcsim says of orders.
func (v *vcenter) verdicts(lines ...string) (said []verdict) {
	v.t.Helper()
	conn, in, status := v.upgrade(ordersPath, ordersProtocol, testLogins.agent)
	if status != http.StatusSwitchingProtocols {
		v.t.Fatalf("orders: %d", status)
	}
	for _, line := range lines {
		_, _ = conn.Write([]byte(line + "\n"))
		answer, err := in.ReadBytes('\n')
		var told verdict
		if err == nil {
			err = json.Unmarshal(answer, &told)
		}
		if err != nil {
			v.t.Fatalf("%s: %v", line, err)
		}
		said = append(said, told)
	}
	return said
}

func answerAll(conn *tls.Conn, in *bufio.Reader, answer func(map[string]any) map[string]any) {
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		q := make(map[string]any)
		if err = json.Unmarshal(line, &q); err != nil {
			return
		}
		reply := answer(q)
		if reply == nil {
			continue
		}
		reply["id"] = q["id"]
		out, _ := json.Marshal(reply)
		_, _ = conn.Write(append(out, '\n'))
	}
}

func proceed(map[string]any) map[string]any { return map[string]any{} }

// fault is the name of the fault's type, and its text.
func fault(err error) (string, string) {
	if !soap.IsSoapFault(err) {
		return "", ""
	}
	f := soap.ToSoapFault(err)
	name := strings.TrimPrefix(strings.TrimPrefix(typeName(f.VimFault()), "*"), "types.")
	return name, f.String
}
