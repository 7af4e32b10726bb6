package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"reflect"
	"testing"
	"unsafe"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// house is a process with several vCenters, as the laboratory sees it.
type house struct {
	t       *testing.T
	in      *io.PipeWriter
	answers *bufio.Reader
	ended   chan error
	servers map[string]*vcenter
}

func newHouse(t *testing.T) *house {
	in, asking := io.Pipe()
	answering, out := io.Pipe()
	h := &house{t, asking, bufio.NewReader(answering), make(chan error, 1), make(map[string]*vcenter)}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		h.ended <- serveSeveral(in, out, func(getenv func(string) string) (*running, error) {
			r, err := begin("127.0.0.1:0", false, getenv)
			if err == nil {
				h.servers[r.address()] = &vcenter{t, r.server, r.model}
			}
			return r, err
		})
	}()
	t.Cleanup(func() {
		_ = asking.Close()
		<-gone // and their directories
	})
	return h
}

func (h *house) ask(what any) (answer map[string]string) {
	h.t.Helper()
	if err := json.NewEncoder(h.in).Encode(what); err != nil {
		h.t.Fatal(err)
	}
	line, err := h.answers.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &answer)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return answer
}

func (h *house) start() *vcenter {
	h.t.Helper()
	users := map[string]string{
		"VCSIM_USER": testLogins.operator.user, "VCSIM_PASSWORD": testLogins.operator.password,
		"VCSIM_AGENT_USER": testLogins.agent.user, "VCSIM_AGENT_PASSWORD": testLogins.agent.password,
	}
	told := h.ask(map[string]any{"start": users})
	if told["extension"] != version {
		h.t.Fatalf("it says %v", told)
	}
	return h.servers[told["address"]]
}

func TestVcentersOfAProcessComeAndGoByThemselves(t *testing.T) {
	h := newHouse(t)
	one, other := h.start(), h.start()
	dialled, _, status := one.upgrade(linkPath, linkProtocol, testLogins.agent)
	if status != 101 {
		t.Fatal("status", status)
	}
	h.ask(map[string]any{"stop": one.server.Listener.Addr().String()})
	if _, err := dialled.Read(make([]byte, 1)); err == nil {
		t.Error("the link of a vCenter that was stopped stands")
	}
	if conn, err := net.Dial("tcp", one.server.Listener.Addr().String()); err == nil {
		_ = conn.Close()
		t.Error("a vCenter that was stopped listens")
	}
	if now, err := methods.GetCurrentTime(context.Background(), other.client(testLogins.operator)); err != nil || now.IsZero() {
		t.Error("the other one does not answer:", err)
	}
	_ = h.in.Close()
	if err := <-h.ended; err != nil {
		t.Error(err)
	}
	if conn, err := net.Dial("tcp", other.server.Listener.Addr().String()); err == nil {
		_ = conn.Close()
		t.Error("a vCenter is left at the end")
	}
}

func TestAUserTooFewEndsTheProcess(t *testing.T) {
	h := newHouse(t)
	_, _ = io.WriteString(h.in, `{"start": {"VCSIM_USER": "operator"}}`+"\n")
	if err := <-h.ended; err == nil {
		t.Error("a vCenter without users")
	}
}

func TestAVcenterHoldsNothingOfTheOneBefore(t *testing.T) {
	var all []map[unsafe.Pointer]string
	for range 2 {
		model, err := newModel(false)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(model.Remove)
		extend(model.Service, testLogins)
		model.Map().Handler = nil // govmomi fills the inventory as a client that cannot read what we encode
		model.Datacenter, model.Pool, model.App, model.Pod = 1, 1, 1, 1
		if err = model.CreateInfrastructure(model.Service.Context); err != nil {
			t.Fatal(err)
		}
		found := make(map[unsafe.Pointer]string)
		for _, obj := range model.Map().AllReference("") {
			if !describes(obj) {
				held(reflect.ValueOf(obj).Elem(), reflect.TypeOf(obj).String(), found)
			}
		}
		all = append(all, found)
	}
	if len(all[0]) < 1000 {
		t.Fatal("not much is held:", all[0])
	}
	for at, path := range all[0] {
		if all[1][at] != "" {
			t.Errorf("%s is that of the vCenter before", path)
		}
	}
}

// held finds where all that is that a value holds, but does not contain.
func held(v reflect.Value, path string, found map[unsafe.Pointer]string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.Kind() == reflect.Pointer && !v.IsNil() && v.Type().Elem().Size() > 0 {
			found[v.UnsafePointer()] = path
		}
		if !v.IsNil() {
			held(v.Elem(), path, found)
		}
	case reflect.Slice:
		if v.Len() > 0 {
			found[v.UnsafePointer()] = path
		}
		for i := range v.Len() {
			held(v.Index(i), path+"[]", found)
		}
	case reflect.Struct:
		for _, f := range shapeOf(v.Type()).fields {
			held(v.Field(f.index), path+"."+v.Type().Field(f.index).Name, found)
		}
	}
}

func TestWhatOneVcenterSaysAnotherDoesNot(t *testing.T) {
	h := newHouse(t)
	one, other := h.start(), h.start()
	licences := func(v *vcenter) int {
		manager := v.model.Map().Get(*v.client(testLogins.operator).ServiceContent.LicenseManager).(*simulator.LicenseManager)
		return len(manager.Licenses[0].Properties)
	}
	if a, b := licences(one), licences(other); a != b || a == 0 {
		t.Errorf("a licence has %d properties, and %d in the next vCenter", a, b)
	}
	known := func(v *vcenter) types.AnyType {
		return v.model.Map().OptionManager().Setting[0].GetOptionValue().Value
	}
	key, before := one.model.Map().OptionManager().Setting[0].GetOptionValue().Key, known(other)
	c := one.client(testLogins.operator)
	changed := []types.BaseOptionValue{&types.OptionValue{Key: key, Value: "another"}}
	req := types.UpdateOptions{This: *c.ServiceContent.Setting, ChangedValue: changed}
	if _, err := methods.UpdateOptions(context.Background(), c, &req); err != nil {
		t.Fatal(err)
	}
	if known(one) != "another" || known(other) != before {
		t.Errorf("%s is %v and, in another vCenter, %v", key, known(one), known(other))
	}
}
