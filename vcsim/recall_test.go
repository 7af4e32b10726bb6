package main

import (
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

func TestOfLinesThatComeAgainTheOrdersAreKept(t *testing.T) {
	m := memory{seed: maphash.MakeSeed(), lines: make(map[uint64]*recalled)}
	good := `{"SET": {"Folder": {"group-1": {"name": "x"}}}}`
	for i, want := range []bool{false, true, true} {
		if asked, kept, err := m.read([]byte(good)); kept != want || err != nil || len(asked) != 1 {
			t.Errorf("time %d: %d orders, %v, kept %v", i, len(asked), err, kept)
		}
	}
	for range 3 {
		if _, kept, err := m.read([]byte(`{"SET": {"Folder": {"group-1": {"no": "x"}}}}`)); kept || err == nil {
			t.Error("a line that cannot be read is kept")
		}
	}
	m.size = recallLimit
	other := strings.Replace(good, "x", "y", 1)
	for range 2 {
		_, _, _ = m.read([]byte(other))
	}
	if _, kept, _ := m.read([]byte(good)); kept || m.size != len(other) {
		t.Errorf("%d bytes are kept, want the newest line alone", m.size)
	}
}

// told are orders with all that may be shared: objects in objects, arrays, and values of any type.
const told = `{"SET": {"VirtualMachine": {%q: {"config.hardware.device[4000]": {"_typeName": "VirtualE1000", "key": 4000,
	"macAddress": "00:50:56:00:00:01", "backing": {"_typeName": "VirtualEthernetCardNetworkBackingInfo", "deviceName": "n"}},
	"config.extraConfig": [{"_typeName": "OptionValue", "key": "k", "value": {"_typeName": "string", "_value": "v"}}],
	"guest": {"_typeName": "GuestInfo", "toolsRunningStatus": "x", "net": [{"_typeName": "GuestNicInfo", "ipAddress": ["1.2.3.4"],
	"connected": true, "deviceConfigId": 4000}]}}}},
	"POST": [{"_typeName": "VmPoweredOnEvent", "key": 0, "chainId": 0, "createdTime": "2020-01-01T00:00:00Z", "userName": "",
	"vm": {"_typeName": "VmEventArgument", "name": "vm", "vm": {"_typeName": "ManagedObjectReference", "type": "VirtualMachine",
	"value": %q}}, "template": false}],
	"CALL": [{"this": {"type": "VirtualMachine", "value": %q}, "method": "ReconfigVM_Task", "args": {"spec":
	{"_typeName": "VirtualMachineConfigSpec", "annotation": "note", "cpuAllocation": {"_typeName": "ResourceAllocationInfo",
	"limit": 5}}}}]}`

func TestALineThatComesAgainIsEachTimeObeyedAfresh(t *testing.T) {
	v := newVcenter(t)
	vm := v.vm()
	line := strings.ReplaceAll(fmt.Sprintf(told, vm.Self.Value, vm.Self.Value, vm.Self.Value), "\n", " ")
	before := make(map[unsafe.Pointer]string)
	for i := range 4 {
		if said := v.order(line)[0]; said != "" {
			t.Fatal(said)
		}
		device := vm.Config.Hardware.Device[len(vm.Config.Hardware.Device)-1].(*types.VirtualE1000)
		got := fmt.Sprint(device.MacAddress, vm.Guest.Net[0].IpAddress, vm.Config.Annotation, *vm.Config.CpuAllocation.Limit)
		if want := "00:50:56:00:00:01[1.2.3.4]note5"; got != want {
			t.Errorf("time %d: %s, want %s", i, got, want)
		}
		found := make(map[unsafe.Pointer]string)
		held(reflect.ValueOf([]any{device, vm.Guest, vm.Config.ExtraConfig}), "", found)
		for at, path := range found {
			if before[at] != "" {
				t.Errorf("time %d: %s is that of a time before", i, path)
			}
		}
		maps.Copy(before, found)
		device.MacAddress, vm.Guest.Net[0].IpAddress[0], vm.Config.Annotation = "changed", "changed", "changed"
		*vm.Config.CpuAllocation.Limit = 6
	}
	if keys := v.keysOf("VmPoweredOnEvent"); len(keys) != 4 {
		t.Errorf("four events have the keys %v", keys)
	}
}

// keysOf are the keys of events that the laboratory has posted.
func (v *vcenter) keysOf(kind string) map[int32]bool {
	v.t.Helper()
	manager := v.model.Map().EventManager().Self
	asked := types.QueryEvents{This: manager, Filter: types.EventFilterSpec{EventTypeId: []string{kind}}}
	events, err := methods.QueryEvents(context.Background(), v.client(testLogins.operator), &asked)
	if err != nil {
		v.t.Fatal(err)
	}
	keys := make(map[int32]bool)
	for _, event := range events.Returnval {
		if event.GetEvent().CreatedTime.Year() == 2020 {
			keys[event.GetEvent().Key] = true
		}
	}
	return keys
}
