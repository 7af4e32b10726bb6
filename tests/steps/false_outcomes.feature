Feature: Outcomes that are not so
  Each outcome of the features stands here where it is not so, and has to say that. What a step waits for, it may wait for in vain.

  Scenario: A cluster in which nothing fails
    Given a cluster of three hosts
    And vSphere HA is "on"
    And the VM "web01" runs on "esx01" from the datastore "vmfs01", connected to the port group "production"
    And the VM "web02" is powered off on "esx02" from the datastore "vmfs02", connected to the port group "production"
    And the VM "web03" runs on "esx02" from the datastore "vmfs01", connected to the port group "VM Network"
    And the operator puts "esx03" in maintenance mode
    And the hosts synchronize their port files
    When the operator powers on "web02" through "vCenter"
    Then nothing else has changed
    And vSphere HA of the cluster "cluster01" is "off"
    And "web01" runs on another host than "esx01"
    And "web01" is not restarted
    And "web01" of "vc01" runs on another host than "esx01"
    And "web01" of "vc01" is not restarted
    And the event "com.vmware.vc.ha.VmRestartedByHAEvent" is posted for "web01"
    And no event "VmPoweredOnEvent" is posted for "web02"
    And the event "VmPoweredOnEvent" for "web02" names its port file
    And "web01" runs on "esx02"
    And "web02" has kept running
    And "web01" runs from the datastore "vmfs02"
    And the operator gets the fault "ResourceNotAvailable"
    And "esx01" is in maintenance mode
    And "esx03" is not in maintenance mode
    And "esx01" does not respond to vCenter
    And the command fails and names "esx01"
    And the output describes the switch "dvs-prod"
    And "hostname" on "esx01" shows the release's build
    And the log "/var/log/vmkernel.log" of "esx01" names "no such line"
    And the log "/var/log/vmkernel.log" of "esx01" names the port file of "web01"
    And "web01" has no network connection
    And "web01" has another port than before
    And "web01" has no distributed port
    And "web03" has the same port as before
    And "esx01" has no switch "dvs-prod"
    And the port group "production" has "15" ports
    And the port group "production" has more than "16" ports
    And auto-expand of the port group "production" is "on"
    And the datastore "vmfs01" has the folder "nothing"
    And the datastore "vmfs01" has no folder ".dvsData"
    And the datastore "vmfs02" holds the port file of "web01"
    And the datastore "vmfs01" holds no port file of "web01"
    And "esx01" has no file at the path of the port file of "web01"
    And the protected list of vSphere HA on the datastore "vmfs01" is empty
    And the datastore "vmfs01" holds exactly the port files of "web01" and "web02"
    And the port files of "web01" and "web02" lie in different switch folders
    And the port file of "web01" is refreshed every "4" minutes
    And the datastore "vmfs02" holds a disk of "web01"
    And the datastore "vmfs01" is not accessible on "esx01"

  Scenario: A host without power, another one without its switch and a datastore
    Given a cluster of three hosts
    And "esx01" loses its power
    And "esx02" loses its power
    And the file "/etc/vmware/dvsdata.db" of "esx02" is corrupted
    And vCenter is off
    And "esx02" gets its power back
    When all paths from "esx03" to the datastore "vmfs02" are down
    And the operator runs "net-dvs -f /etc/vmware/dvsdata.db" on "esx02"
    Then "esx01" answers its operators
    And "esx02" has the switch "dvs-prod"
    And the output describes the switch "dvs-prod"
    And the command fails and names "something else"

  Scenario: Datastores that a host does not reach
    Given a cluster of three hosts
    When all paths from "esx03" to the datastore "vmfs02" are down
    Then nothing else has changed
    And the datastore "vmfs02" is accessible on "esx03"
    And the datastore "vmfs02" is accessible on every host

  Scenario: Ports that were lost
    Given a cluster of three hosts
    And the VM "web01" runs on "esx01" from the datastore "vmfs01", connected to the port group "production"
    And the VM "web02" runs on "esx01" from the datastore "vmfs01", connected to the port group "ephemeral"
    And the hosts synchronize their port files
    And the site loses its power
    And the hosts get their power back
    And the storage comes back
    When the operator powers on "web01" through "vCenter" "2" times
    And the operator powers on "web02" through "vCenter"
    Then "web01" has a network connection
    And "web01" had a network connection after "1" of the power-ons
    And the log "/var/log/vmkernel.log" of "esx01" does not name the port file of "web01"
    And "web02" has the same port as before

  Scenario: The cure that takes longer
    Given a cluster of three hosts
    And the VM "web01" is powered off on "esx01" from the datastore "vmfs01", connected to the port group "production"
    And the VM "web02" is powered off on "esx02" from the datastore "vmfs01", connected to the port group "production"
    When the operator reboots "esx01"
    And the operator powers on "web01" through "vCenter"
    And the operator runs "services.sh restart" on "esx02"
    And the operator powers on "web02" through "vCenter"
    Then restoring "web01" took less simulated time than restoring "web02"

  Scenario: Two sites in which nothing fails
    Given two sites
    And the operator notes the ids of "vc-res"
    And the operator writes down the whole environment
    When the operator tests the recovery plan "management"
    And the operator cleans up the test of the recovery plan "management"
    And the operator creates the static port group "stray" on the switch "dvs-cloud"
    Then nothing else has changed
    And "vc-res" answers nobody
    And vCloud Director answers nobody
    And the "protected" site answers nobody
    And the recovery hosts are not in maintenance mode
    And the recovery plan "management" is "RECOVERY_COMPLETE"
    And the last runs of the recovery plan "management" were "cleanup" and "test", without an error
    And the recovery plan "management" reports the data of "cg-management" as of the last completed replication
    And the replication of "cg-tenants" is "broken"
    And the replication of "cg-tenants" is "replicating" from "array-b" to "array-a"
    And the hosts have mounted the copies of "cg-tenants"
    And the datastores of "cg-tenants" are accessible on the recovery hosts
    And the datastores of "cg-tenants" are accessible on "esx-b01"
    And the datastores of "cg-tenants" are accessible on all recovery hosts but "esx-b01"
    And the hosts of "vc-mgmt-a" have nothing mounted of "cg-management"
    And "esx-b01" lists a copy of the datastore "tenant-vmfs01" that it can mount
    And "esx-b01" lists a copy of the datastore "tenant-vmfs01" that it cannot mount: "its device is read-only"
    And "vc-res" shows the replicas of "cg-tenants" as other datastores, named "snap-"
    And "esx-b01" has mounted the original of the datastore "tenant-vmfs01"
    And all VMs that run on the recovery hosts run on "esx-b01"
    And no VM runs on "esx-b01", and some run on other recovery hosts
    And "acme-mail-01" runs on a recovery host
    And every VM on the recovery hosts has a network connection, on the port that it had
    And no VM on the recovery hosts has a network connection
    And "acme-mail-01" on a recovery host has no network connection, and the other VMs there have
    And the VMs on "esx-b01" have no network connection, and those on the other recovery hosts have
    And "acme-mail-01" runs on "esx-b01" and nowhere else, by the hosts' shells
    And "acme-mail-01" runs on "2" hosts
    And a comparison with before names "acme-mail-01", running on "esx-b01" too
    And every object of "vc-res" has the id that it had
    And "acme-mail-01" has another id than "acme-mail-01" had
    And the whole environment is as it was written down
    And a comparison of the whole environment names the "persistent mounts" of "esx-b01"
    And the validation finds nothing amiss
    And the validation finds "acme-mail-01"
    And the attempt fails: "refused"
    And the procedure "vcd-failover" has come to its end
    And the procedure "vcd-failover" stops at "validate": "acme-mail-01"
    And the log of the procedure "vcd-failover" shows "acme-mail-01"
    And the log of the procedure "vcd-failover" shows a stop after each step
    And the edges were powered on before the vApps, and the VMs of each vApp in its start order

  Scenario: The protected site is lost, and nobody does anything
    Given two sites with "replicas presented beforehand"
    When the "protected" site is lost
    And the operator validates the management VMs at "vc-mgmt-b"
    And the operator breaks the replication of "cg-tenants"
    Then nothing else has changed
    And "vc-res" answers
    And the "protected" site answers
    And vCloud Director shows its vApps as before
    And the validation finds nothing amiss
    And the management VMs run at "vc-mgmt-b"
    And exactly the VMs that ran when the site was lost run on the recovery hosts
    And "esx-b01" lists no copy of the datastore "tenant-vmfs01"

  Scenario: The tenants' VMs run at the recovery site, without their network and with what was replicated
    Given a late mount "hits" VMs that are registered later
    And two sites with "asynchronous replication"
    And "vcd-db" of "vc-mgmt-a" writes "order-1"
    And the replication of "cg-management" completes a cycle
    And the replication of "cg-tenants" completes a cycle
    And "vcd-db" of "vc-mgmt-a" writes "order-2"
    And the "protected" site is lost
    When the operator runs the recovery plan "management"
    And the operator validates the management VMs at "vc-mgmt-b"
    And the replicas of "cg-tenants" are mounted on the recovery hosts
    And the operator rescans the storage of the recovery hosts
    And the operator takes the recovery hosts out of maintenance mode
    And vSphere HA has the time for all its attempts
    And all paths from "mgmt-b02" to the datastore "mgmt-vmfs01" are down
    And the operator powers off "acme-mail-01"
    Then no VM runs on the recovery hosts
    And "acme-shop-db-01" runs on no recovery host
    And exactly the VMs that ran at the last completed replication run on the recovery hosts
    And exactly the VMs that ran when the site was lost run on the recovery hosts
    And every VM on the recovery hosts has a network connection, on the port that it had
    And "acme-shop-db-01" on a recovery host has no network connection, and the other VMs there have
    And the VMs on "esx-b01" have no network connection, and those on the other recovery hosts have
    And no recovery host is the master of vSphere HA
    And all VMs that run on the recovery hosts run on "esx-b01"
    And no VM runs on "esx-b01", and some run on other recovery hosts
    And the management VMs stand at "vc-mgmt-b", and none runs
    And the datastores of "cg-management" are accessible on the hosts of "vc-mgmt-b"
    And "vcd-db" of "vc-mgmt-b" has lost what it wrote: "order-1"
    And "vcd-db" of "vc-mgmt-b" has what it wrote: "order-2"

  Scenario: View in which nothing fails
    Given two sites with View
    And "user-01" writes "plan" on the desktop
    And the operator powers off "office-02"
    When the "recovery" site is lost
    Then no connection server brokers desktops
    And "view-cs01" alone brokers desktops
    And no desktop of the pool "office" is up
    And "user-01" has lost "plan", written since the last completed replication of "cg-desktops"
    And "esx-a01" cannot open the disks of "office-01": "replica-office.vmdk was not found"
    And "user-02" finds "plan" on the desktop

  Scenario: The desktops are lost with their site
    Given two sites with View and "recovery hosts outside the cluster"
    And the replication of "cg-desktops" completes a cycle
    When the "protected" site is lost
    And the operator runs the recovery plan "management"
    And the operator validates the management VMs at "vc-mgmt-b"
    And the operator powers off "view-cs01" of "vc-mgmt-b"
    Then each user gets the same desktop as when the site was lost
    And each user gets the same desktop as at the last completed replication
    And "view-cs01" and "view-cs02" come to broker desktops
    And "esx-b01" can open the disks of "office-01"
    And the recovery hosts are in the cluster "desktops"

  Scenario: Desktops on NFS whose NAS lets no host mount them any more
    Given two sites with View and "desktops on NFS"
    And the operator writes down the NFS datastores of "esx-a01"
    And the operator breaks the replication of "cg-desktops"
    And the operator makes the replicas of "cg-desktops" writable
    And the operator repoints the alias "nas.lab.example" to "nas-b.lab.example"
    And the operator mounts these NFS datastores from "nas.lab.example" on the recovery hosts
    When the operator masks the copies of "cg-desktops" from the recovery hosts
    Then these NFS datastores are accessible on the recovery hosts
    And the recovery hosts are connected to the NAS "nas-a.lab.example" alone
    And "esx-b01" takes "nas.lab.example" for "nas-a.lab.example"
    And "vc-desk" shows a second one of each of these NFS datastores

  @nothing
  Scenario: A cluster without what is named
    Given a cluster of three hosts
    And the VM "web01" runs on "esx01" from the datastore "vmfs01", connected to the port group "VM Network"
    When an hour passes
    Then "web09" is not restarted
    And "web09" has no network connection
    And "web01" had a network connection after "0" of the power-ons
    And "web01" has another port than before
    And no event "VmFailoverFailed" is posted for "web09"
    And "esx01" has no switch "dvs-test"
    And the log "/var/log/vmkernel.log" of "esx01" does not name the port file of "web09"
    And the datastore "vmfs09" has no folder ".dvsData"
    And the datastore "vmfs01" holds no port file of "web01"
    And "esx01" has no file at the path of the port file of "web01"
    And the protected list of vSphere HA on the datastore "vmfs01" is empty
    And the datastore "vmfs09" is not accessible on "esx01"
    And the recovery hosts are not in maintenance mode
    And no recovery host is the master of vSphere HA
    And no VM runs on the recovery hosts

  @nothing
  Scenario: A recovery site that is silent, and what nobody has noted, written, tried or validated
    Given two sites
    When the "recovery" site is lost
    Then no VM runs on the recovery hosts
    And "acme-mail-01" runs on no recovery host
    And "esx-b01" lists no copy of the datastore "tenant-vmfs01"
    And "vcd-db" of "vc-mgmt-a" has lost what it wrote: "order-1"
    And the hosts of "vc-mgmt-a" have nothing mounted of "cg-orders"
    And the "lost" site answers nobody
    And exactly the VMs that ran when the site was lost run on the recovery hosts
    And exactly the VMs that ran at the last completed replication run on the recovery hosts
    And the management VMs stand at "vc-mgmt-b", and none runs
    And "vc-orders" answers nobody
    And the validation finds nothing amiss
    And the attempt fails: ""
    And the edges were powered on before the vApps, and the VMs of each vApp in its start order
    And every object of "vc-mgmt-a" has the id that it had

  @nothing
  Scenario: One VM alone at the recovery site, and what is not there
    Given a late mount "hits" VMs that are registered later
    And two sites
    And the replicas of "cg-tenants" are mounted on the recovery hosts
    When the operator takes "esx-b01" out of maintenance mode
    And the operator registers and powers on "acme-mail-01" on "esx-b01" with its shell
    Then "acme-mail-01" on a recovery host has no network connection, and the other VMs there have
    And "acme-mail-99" runs on no recovery host
    And "esx-b01" lists no copy of the datastore "tenant-vmfs09"

  @nothing
  Scenario: Users and pools that View does not know
    Given two sites with View
    When an hour passes
    Then no desktop of the pool "lab" is up
    And each user gets the same desktop as at the last completed replication
    And "user-99" has lost "plan", written since the last completed replication of "cg-desktops"
    And "user-10" has lost "plan", written since the last completed replication of "cg-desktops"
    And "esx-a01" cannot open the disks of "office-99": ""
