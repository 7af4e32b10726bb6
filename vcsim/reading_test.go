package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

// ask is what the service answers, as it comes.
func (v *vcenter) ask(client *govmomi.Client, body any) (int, string) {
	v.t.Helper()
	text, err := xml.Marshal(&soap.Envelope{Body: body})
	if err != nil {
		v.t.Fatal(err)
	}
	res, err := client.Client.Client.Client.Post(v.server.URL.String(), "text/xml", bytes.NewReader(text))
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	said, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res.StatusCode, string(said)
}

// compare asks with the extension and without it.
func (v *vcenter) compare(client *govmomi.Client, specs ...types.PropertyFilterSpec) string {
	v.t.Helper()
	this := client.ServiceContent.PropertyCollector
	registry := v.model.Map()
	handler := registry.Handler
	var first string
	for _, body := range []any{
		&methods.RetrievePropertiesBody{Req: &types.RetrieveProperties{This: this, SpecSet: specs}},
		&methods.RetrievePropertiesExBody{Req: &types.RetrievePropertiesEx{This: this, SpecSet: specs}},
	} {
		status, ours := v.ask(client, body)
		registry.Handler = nil
		stockStatus, stock := v.ask(client, body)
		registry.Handler = handler
		if status != stockStatus || ours != stock {
			at := 0
			for at < len(ours) && at < len(stock) && ours[at] == stock[at] {
				at++
			}
			from := max(0, at-200)
			v.t.Errorf("%d and %d\n%s\n%s", status, stockStatus, ours[from:min(len(ours), at+100)], stock[from:min(len(stock), at+100)])
		}
		first += ours
	}
	return first
}

// pathsOf are those of all properties of a type, down to some depth.
func pathsOf(t reflect.Type, depth int) (paths []string) {
	if t = inner(t); t.Kind() != reflect.Struct || depth == 0 || isTime(t) {
		return nil
	}
	for _, f := range reflect.VisibleFields(t) {
		name := strings.ToLower(f.Name[:1]) + f.Name[1:]
		if f.Anonymous || name == "self" || name == "sessionList" || name == "currentSession" {
			continue
		}
		paths = append(paths, name)
		for _, below := range pathsOf(f.Type, depth-1) {
			paths = append(paths, name+"."+below)
		}
	}
	return paths
}

func isTime(t reflect.Type) bool { return t.PkgPath() == "time" }

// odd are paths of nothing, of elements, and of elements that there are not.
var odd = []string{
	"no.such", "", "name", "name", "name[4]", "name[", "config.hardware.device[4000]", "config.hardware.device[4711]",
	`config.hardware.device["4000"]`, "config.hardware.device[4000].macAddress", "config.hardware.device[4000].no",
	"config.hardware.device[4000].connectable", "config.hardware[4000]", "config.hardware.device.key", "network[4]",
	`snapshot.rootSnapshotList["x"]`, "guest.net", "summary.config.ftInfo.role", `config.extraConfig["govcsim"]`,
	`config.option["Annotations.WelcomeMessage"]`, "runtime.bootTime", "environmentBrowser[1]",
}

func TestWhatIsReadIsWhatVcsimWouldAnswer(t *testing.T) {
	v := newVcenter(t)
	client := v.client(testLogins.operator)
	objects := mo.References(client.ServiceContent)
	for _, kind := range []string{
		"Datacenter", "Folder", "HostSystem", "VirtualMachine", "ComputeResource", "ClusterComputeResource", "Datastore", "Network",
		"DistributedVirtualPortgroup", "DistributedVirtualSwitch", "ResourcePool", "Task", "HostStorageSystem", "EnvironmentBrowser",
	} {
		for _, each := range v.model.Map().All(kind) {
			objects = append(objects, each.Reference())
		}
	}
	for _, id := range objects {
		obj := v.model.Map().Get(id)
		if obj == nil {
			continue
		}
		paths := append(pathsOf(managed(obj).Type(), 3), odd...)
		said := v.compare(client, types.PropertyFilterSpec{
			ObjectSet: []types.ObjectSpec{{Obj: id}}, PropSet: []types.PropertySpec{{Type: id.Type, PathSet: paths}},
		})
		if id.Type == "VirtualMachine" && len(said) < 10_000 {
			t.Errorf("%s: %d bytes", id, len(said))
		}
	}
}

func TestReadingManyObjectsAndThoseThatAreSelected(t *testing.T) {
	v := newVcenter(t)
	client := v.client(testLogins.operator)
	view, err := methods.CreateContainerView(context.Background(), client, &types.CreateContainerView{
		This: *client.ServiceContent.ViewManager, Container: client.ServiceContent.RootFolder, Recursive: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	vms, hosts := v.model.Map().All("VirtualMachine"), v.model.Map().All("HostSystem")
	name := func(kind string) types.PropertySpec { return types.PropertySpec{Type: kind, PathSet: []string{"name"}} }
	step := func(path string) []types.BaseSelectionSpec {
		return []types.BaseSelectionSpec{&types.TraversalSpec{Type: "any", Path: path}}
	}
	yes := true
	nested := []types.BaseSelectionSpec{&types.TraversalSpec{Type: "Folder", Path: "childEntity", SelectSet: step("vmFolder")}}
	for what, spec := range map[string]types.PropertyFilterSpec{
		"view":       {ObjectSet: []types.ObjectSpec{{Obj: view.Returnval, Skip: &yes, SelectSet: step("view")}}, PropSet: []types.PropertySpec{name("HostSystem"), name("VirtualMachine"), name("Folder")}},
		"base type":  {ObjectSet: []types.ObjectSpec{{Obj: view.Returnval, SelectSet: step("view")}}, PropSet: []types.PropertySpec{name("ManagedEntity"), name("ComputeResource"), {Type: "ContainerView", PathSet: []string{"type", "view"}}}},
		"twice":      {ObjectSet: []types.ObjectSpec{{Obj: vms[0].Reference()}, {Obj: vms[1].Reference()}, {Obj: vms[0].Reference()}, {Obj: hosts[0].Reference()}}, PropSet: []types.PropertySpec{name("VirtualMachine"), name("VirtualMachine")}},
		"one step":   {ObjectSet: []types.ObjectSpec{{Obj: hosts[0].Reference(), SelectSet: step("vm")}, {Obj: hosts[0].Reference(), SelectSet: step("no")}, {Obj: vms[0].Reference(), SelectSet: step("runtime.host")}}, PropSet: []types.PropertySpec{name("HostSystem"), name("VirtualMachine")}},
		"nested":     {ObjectSet: []types.ObjectSpec{{Obj: client.ServiceContent.RootFolder, SelectSet: nested}}, PropSet: []types.PropertySpec{name("Folder"), name("Datacenter")}},
		"everything": {ObjectSet: []types.ObjectSpec{{Obj: vms[0].Reference()}}, PropSet: []types.PropertySpec{{Type: "VirtualMachine", All: &yes}}},
		"nothing":    {ObjectSet: []types.ObjectSpec{{Obj: vms[0].Reference()}}, PropSet: []types.PropertySpec{name("Datastore")}},
		"missing":    {ObjectSet: []types.ObjectSpec{{Obj: vms[0].Reference()}, {Obj: ref{Type: "VirtualMachine", Value: "vm-no"}}}, PropSet: []types.PropertySpec{name("VirtualMachine")}},
		"left out":   {ObjectSet: []types.ObjectSpec{{Obj: ref{Type: "VirtualMachine", Value: "vm-no"}}, {Obj: vms[0].Reference()}}, PropSet: []types.PropertySpec{name("VirtualMachine")}, ReportMissingObjectsInResults: &yes},
	} {
		t.Log(what)
		said := v.compare(client, spec)
		if n := strings.Count(said, "<objects>"); (what == "view" || what == "base type") && n < 10 || what == "nothing" && n != 0 {
			t.Errorf("%s: %d objects", what, n)
		}
	}
	if status, _ := v.ask(client, &methods.RetrievePropertiesBody{Req: &types.RetrieveProperties{This: client.ServiceContent.PropertyCollector}}); status != http.StatusOK {
		t.Error(status)
	}
	v.hook("RetrieveProperties", "before")
	if _, err = methods.RetrieveProperties(context.Background(), client, &types.RetrieveProperties{This: client.ServiceContent.PropertyCollector}); err == nil {
		t.Error("a hooked reading is answered without a question")
	}
}
