package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// look reads properties as the agent; each is what one object has, by path.
func (v *vcenter) look(objects []ref, paths ...string) (found []map[string]any, said string) {
	v.t.Helper()
	line, _ := json.Marshal(map[string]any{readKey: []look{{objects, paths}}})
	told := v.verdicts(string(line))[0]
	if told.Error == "" {
		if err := json.Unmarshal(told.Read[0], &found); err != nil {
			v.t.Fatal(err)
		}
	}
	return found, told.Error
}

func TestLooksTellWhatThereIs(t *testing.T) {
	v := newVcenter(t)
	vm := v.vm()
	gone := ref{Type: "VirtualMachine", Value: "vm-none"}
	found, said := v.look([]ref{vm.Self, gone}, "name", "runtime.host", "runtime.bootTime", "config.hardware.device", "network")
	if said != "" || len(found) != 2 || found[1] != nil {
		t.Fatalf("%s: %v, want two, and nothing of what there is not", said, found)
	}
	host := map[string]any{"_typeName": "ManagedObjectReference", "type": vm.Runtime.Host.Type, "value": vm.Runtime.Host.Value}
	if got := found[0]; fmt.Sprint(got["runtime.host"]) != fmt.Sprint(host) {
		t.Errorf("%v, want its host %v", got, host)
	}
	if name := found[0]["name"].(map[string]any); name["_value"] != vm.Name || name["_typeName"] != "string" {
		t.Errorf("%v, want %s", name, vm.Name)
	}
	list := found[0]["config.hardware.device"].(map[string]any)
	devices := list["_value"].([]any)
	if list["_typeName"] != "ArrayOfVirtualDevice" || len(devices) != len(vm.Config.Hardware.Device) {
		t.Errorf("%v, want %d devices", list, len(vm.Config.Hardware.Device))
	}
	if first := devices[0].(map[string]any); !strings.HasPrefix(first["_typeName"].(string), "Virtual") {
		t.Errorf("%v does not say what it is", first)
	}
}

func TestLooksSeeWhatTheOrdersBeforeThemHaveDone(t *testing.T) {
	v := newVcenter(t)
	vm := v.vm().Self
	line := `{"SET": {"VirtualMachine": {%q: {"name": "other"}}}, "READ": [{"objects": [{"type": "VirtualMachine", "value": %q}], "paths": ["name"]}]}`
	said := v.verdicts(fmt.Sprintf(line, vm.Value, vm.Value))[0]
	if len(said.Read) != 1 || !strings.Contains(string(said.Read[0]), `"other"`) {
		t.Errorf("%s%s, want the new name", said.Error, said.Read)
	}
}

func TestALookAtNoPropertyIsNamed(t *testing.T) {
	v := newVcenter(t)
	vm := v.vm().Self
	_, said := v.look([]ref{vm}, "name", "config.nothing")
	if !strings.HasPrefix(said, "READ/VirtualMachine/"+vm.Value+": config.nothing: there is no such property") {
		t.Errorf("%q", said)
	}
}
