"""Public captures of what hosts print about their switches; ``#`` stands for a number that differs each time."""

from __future__ import annotations

from harness.units import SwitchId

COMPUTE = SwitchId("b7 00 16 50 a9 8d 8d b8-5c 4a 54 c2 0e a7 91 9a")
TEST = SwitchId("8a fa 1a 50 90 33 85 47-be 84 61 e0 c4 4c e2 ff")
PERSIST = f"/vmfs/volumes/541e6368-805b140a-e29a-0050560945d9/.dvsData/{COMPUTE}/41"

VSWITCHES_5_5 = """\
Switch Name      Num Ports   Used Ports  Configured Ports  MTU     Uplinks
vSwitch0         1536        3           128               1500    vmnic0

  PortGroup Name        VLAN ID  Used Ports  Uplinks
  VM Network            0        0           vmnic0
  Management Network    0        1           vmnic0
  Standard Switch - L2VPN - Trunk  0        0           vmnic0

DVS Name         Num Ports   Used Ports  Configured Ports  MTU     Uplinks
Compute_VDS      1536        #           512               1500    vmnic0

  DVPort ID           In Use      Client
  32                  1           vmnic0
  8                   1           router-l-01b.eth1
  16                  1           router-l-01b.eth0
  24                  0
  25                  1           web-sv-04a.eth0
  33                  1           NSX l2vpn Edge.eth0
  41                  1           NSX l2vpn Edge.eth1

"""
"""The capture of 5.5 with the port groups that a simulated host has, and its ports in order."""

NET_DVS_5_5 = f"""\
switch {COMPUTE} (etherswitch)
        max ports: 1536
        global properties:
                com.vmware.common.version = 0x 3. 0. 0. 0
                        propType = CONFIG
                com.vmware.common.opaqueDvs = false ,   propType = CONFIG
                com.vmware.common.alias = Compute_VDS ,         propType = CONFIG
                com.vmware.common.uplinkPorts:
                        Uplink 1
                        propType = CONFIG
                com.vmware.etherswitch.ipfix:
                        idle timeout = 15 seconds
                        active timeout = 60 seconds
                        sampling rate = 0
                        collector = 0.0.0.0:0
                        internal flows only = false
                        propType = CONFIG
                com.vmware.etherswitch.mtu = 1500 ,     propType = CONFIG
                com.vmware.etherswitch.cdp = CDP, listen
                        propType = CONFIG
                com.vmware.common.respools.list:
                        netsched.pools.persist.ft
                        netsched.pools.persist.hbr
                        netsched.pools.persist.iscsi
                        netsched.pools.persist.mgmt
                        netsched.pools.persist.nfs
                        netsched.pools.persist.vm
                        netsched.pools.persist.vmotion
                        netsched.pools.persist.vsan
                        propType = CONFIG
                com.vmware.common.respools.sched:
                        active
                        propType = CONFIG
        host properties:
                com.vmware.common.host.portset = DvsPortset-0 ,         propType = CONFIG
                com.vmware.common.host.volatile.status = green ,        propType = RUNTIME
                com.vmware.common.portset.opaque = false ,      propType = RUNTIME
                com.vmware.common.host.uplinkPorts:
                        32
                        propType = CONFIG
"""
PORT_41_5_5 = f"""\
        port 41:
                com.vmware.common.port.alias =  ,       propType = CONFIG
                com.vmware.common.port.connectid = 569802486 ,  propType = CONFIG
                com.vmware.common.port.portgroupid = dvportgroup-42 ,   propType = CONFIG
                com.vmware.common.port.block = false ,  propType = CONFIG
                com.vmware.common.port.dvfilter = filters (num = 0):
                        propType = CONFIG
                com.vmware.common.port.ptAllowed = 0x 0. 0. 0. 0
                        propType = CONFIG
                com.vmware.etherswitch.port.teaming:
                        load balancing = source virtual port id
                        link selection = link state up;
                        link behavior = notify switch; best effort on failure; shotgun on failure;
                        active = Uplink 1;
                        standby =
                        propType = CONFIG
                com.vmware.etherswitch.port.security = deny promiscuous; deny mac change; allow forged frames
                        propType = CONFIG
                com.vmware.etherswitch.port.vlan = VLAN 0
                        propType = CONFIG
                com.vmware.etherswitch.port.txUplink = normal ,         propType = CONFIG
                com.vmware.common.port.volatile.persist = {PERSIST} ,       propType = CONFIG
                com.vmware.common.port.volatile.vlan = VLAN 0
                        propType = RUNTIME VOLATILE
                com.vmware.common.port.ptAllowedRT = 0x 0. 0. 0. 0
                        propType = RUNTIME
                com.vmware.common.port.statistics:
                        pktsInUnicast = #
                        bytesInUnicast = #
                        pktsInMulticast = #
                        bytesInMulticast = #
                        pktsInBroadcast = #
                        bytesInBroadcast = #
                        pktsOutUnicast = #
                        bytesOutUnicast = #
                        pktsOutMulticast = #
                        bytesOutMulticast = #
                        pktsOutBroadcast = #
                        bytesOutBroadcast = #
                        pktsInDropped = #
                        pktsOutDropped = #
                        pktsInException = #
                        pktsOutException = #
                        propType = RUNTIME
                com.vmware.common.port.volatile.status = inUse linkUp portID=#  propType = RUNTIME
                com.vmware.common.port.volatile.ptstatus = noPassthruReason=4,  propType = RUNTIME
"""
"""The capture of 5.5 without its sink (a bridging feature), on a port group without VLAN tagging.

Every line of it obeys one rule of tabs but that of the port file, which has two blanks more in the capture.
"""

NET_DVS_5_0 = f"""\
switch {TEST} (etherswitch)
max ports: 256
global properties:
com.vmware.common.alias = test , propType = CONFIG
com.vmware.common.version = 0x 0. 0. 0. 0
propType = CONFIG
com.vmware.etherswitch.mtu = 1500 , propType = CONFIG
com.vmware.etherswitch.cdp = CDP, listen
propType = CONFIG
com.vmware.common.uplinkPorts:
dvUplink1, dvUplink2, dvUplink3, dvUplink4
propType = CONFIG
com.vmware.common.respools.list:
netsched.pools.persist.ft
netsched.pools.persist.iscsi
netsched.pools.persist.mgmt
netsched.pools.persist.nfs
netsched.pools.persist.vm
netsched.pools.persist.vmotion
propType = CONFIG
com.vmware.common.respools.sched:
inactive
propType = CONFIG
host properties:
com.vmware.common.host.portset = DvsPortset-0 , propType = CONFIG
com.vmware.common.host.volatile.status = green , propType = CONFIG
com.vmware.common.host.uplinkPorts:
136, 137, 138, 139
propType = CONFIG
port 136:
com.vmware.common.port.alias = dvUplink1 , propType = CONFIG
com.vmware.common.port.connectid = # , propType = CONFIG
com.vmware.common.port.portgroupid = dvportgroup-102 , propType = CONFIG
com.vmware.common.port.block = false , propType = CONFIG
com.vmware.common.port.ptAllowed = 0x 0. 0. 0. 0
propType = CONFIG
com.vmware.etherswitch.port.teaming:
load balancing = source virtual port id
link selection = link state up; link speed>=10Mbps;
link behavior = notify switch; reverse filter; best effort on failure; shotgun on failure;
active =
standby =
propType = CONFIG
com.vmware.etherswitch.port.security = deny promiscuous; allow mac change; allow forged frames
propType = CONFIG
com.vmware.etherswitch.port.vlan = Guest VLAN tagging
ranges = 0-4094
propType = CONFIG
com.vmware.etherswitch.port.txUplink = normal , propType = CONFIG
com.vmware.common.port.respools.cfg:
netsched.pools.persist.ft:50:-1:0
netsched.pools.persist.iscsi:50:-1:0
netsched.pools.persist.mgmt:50:-1:0
netsched.pools.persist.nfs:50:-1:0
netsched.pools.persist.vm:100:-1:0
netsched.pools.persist.vmotion:50:-1:0
propType = CONFIG
com.vmware.common.port.volatile.vlan = VLAN 0
ranges = 0-4094
propType = CONFIG
com.vmware.common.port.statistics:
pktsInUnicast = 0
bytesInUnicast = 0
pktsInMulticast = 0
bytesInMulticast = 0
pktsInBroadcast = 0
bytesInBroadcast = 0
pktsOutUnicast = 0
bytesOutUnicast = 0
pktsOutMulticast = 0
bytesOutMulticast = 0
pktsOutBroadcast = 0
bytesOutBroadcast = 0
pktsInDropped = 0
pktsOutDropped = 0
pktsInException = 0
pktsOutException = 0
"""
DVS_LIST_5_0 = f"""\
test
Name: test
VDS ID: {TEST}
Class: etherswitch
Num Ports: 256
Used Ports: 2
Configured Ports: 256
MTU: 1500
CDP Status: listen
Beacon Timeout: -1
Uplinks: vmnic4
VMware Branded: true
DVPort:
Client: vmnic4
DVPortgroup ID: dvportgroup-102
In Use: true
Port ID: 136

Client:
DVPortgroup ID: dvportgroup-102
In Use: false
Port ID: 137

Client:
DVPortgroup ID: dvportgroup-102
In Use: false
Port ID: 138

Client:
DVPortgroup ID: dvportgroup-102
In Use: false
Port ID: 139
"""
STATISTICS_HEAD = "PortNum          Type SubType SwitchName       MACAddress         ClientName"
STATISTICS_ROW = "100663353           5       9 DvsPortset-1     00:50:56:be:81:d3  webapp-scan01.eth1"
COLUMNS = (slice(0, 17), slice(17, 21), slice(21, 29), slice(29, 47), slice(47, 66))
