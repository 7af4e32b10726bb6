Feature: Hosts that boot before their storage
  After a power outage the hosts may be up before the storage array is. A host of vSphere 5.0 reads the port files of its VMs
  when it boots and never again: VMs that are powered on later have no network, until the host or its agents start anew.

  Background:
    Given a cluster of three hosts
    And the VM "web01" runs on "esx01" from the datastore "vmfs01", connected to the port group "production"
    And the VM "web02" runs on "esx01" from the datastore "vmfs01", connected to the port group "ephemeral"
    And the VM "web03" is powered off on "esx02" from the datastore "vmfs02", connected to the port group "production"
    And the hosts synchronize their port files
    And the site loses its power

  @VDS-06
  Rule: A VM with a static port gets no network connection on a host that booted before its storage

    @defect:ports-lost-when-storage-is-late
    Example: Seven power-ons through vCenter, and not one connection
      Given the hosts get their power back
      And the storage comes back
      When the operator powers on "web01" through "vCenter" "7" times
      Then "web01" had a network connection after "0" of the power-ons
      And the log "/var/log/vmkernel.log" of "esx01" names the port file of "web01"
      And the datastore "vmfs01" holds the port file of "web01"
      And "web01" has the same port as before
      And nothing else has changed

    @defect:ports-lost-when-storage-is-late
    Example: A power-on on the host itself brings no connection either
      Given the hosts get their power back
      And the storage comes back
      When the operator powers on "web01" through "the host"
      Then "web01" runs on "esx01"
      And "web01" has no network connection
      And the log "/var/log/vmkernel.log" of "esx01" names the port file of "web01"
      And nothing else has changed

    @defect:ports-lost-when-storage-is-late
    Example: Waiting does not cure it
      Given the hosts get their power back
      And the storage comes back
      When a day passes
      And the operator powers on "web01" through "vCenter"
      Then "web01" runs on "esx01"
      And "web01" has no network connection
      And the log "/var/log/vmkernel.log" of "esx01" names the port file of "web01"
      And nothing else has changed

    @twin:storage-before-hosts
    Example: With the storage up before the hosts the VM has its connection
      Given the storage comes back
      And the hosts get their power back
      When the operator powers on "web01" through "vCenter"
      Then "web01" runs on "esx01"
      And "web01" has a network connection
      And "web01" has the same port as before
      And the log "/var/log/vmkernel.log" of "esx01" does not name the port file of "web01"
      And nothing else has changed

    @twin:ephemeral-binding
    Example: A VM with an ephemeral port has its connection
      Given the hosts get their power back
      And the storage comes back
      When the operator powers on "web02" through "vCenter"
      Then "web02" runs on "esx01"
      And "web02" has a network connection
      And "web02" has another port than before
      And nothing else has changed

    @twin:release-with-the-fix @without-defect:ports-lost-when-storage-is-late
    Example: A release with the fix brings the connection back
      Given the hosts get their power back
      And the storage comes back
      When the operator powers on "web01" through "vCenter"
      Then "web01" runs on "esx01"
      And "web01" has a network connection
      And "web01" has the same port as before
      And "vmware -v" on "esx01" shows the release's build
      And nothing else has changed

  @VDS-07 @defect:ports-lost-when-storage-is-late
  Rule: A reboot of the host with its storage present brings the connection back

    Example: The VM has its connection after the reboot
      Given the hosts get their power back
      And the storage comes back
      When the operator reboots "esx01"
      And the operator powers on "web01" through "vCenter"
      Then "web01" runs on "esx01"
      And "web01" has a network connection
      And "web01" has the same port as before
      And nothing else has changed

    @twin:reboot-without-storage
    Example: A reboot while the storage is still absent changes nothing
      Given the hosts get their power back
      When the operator reboots "esx01"
      And the storage comes back
      And the operator powers on "web01" through "vCenter"
      Then "web01" runs on "esx01"
      And "web01" has no network connection
      And the log "/var/log/vmkernel.log" of "esx01" names the port file of "web01"
      And the datastore "vmfs01" is accessible on every host
      And the datastore "vmfs02" is accessible on every host
      And nothing else has changed

  @VDS-08 @defect:ports-lost-when-storage-is-late
  Rule: A restart of the agents, after the storage is back and before the power-on, brings the connection back

    Example: The VM has its connection, and the VM that ran meanwhile has kept running
      Given the hosts get their power back
      And the storage comes back
      And the operator powers on "web02" through "vCenter"
      And the VM "web04" runs on "esx01" from the datastore "vmfs01", connected to the port group "production"
      When the operator runs "services.sh restart" on "esx01"
      And the operator powers on "web01" through "vCenter"
      Then "web01" runs on "esx01"
      And "web01" has a network connection
      And "web01" has the same port as before
      And "web02" has kept running
      And "web02" has a network connection
      And "web04" has kept running
      And "web04" has a network connection
      And nothing else has changed

    @twin:restart-before-storage
    Example: A restart before the storage is back changes nothing
      Given the hosts get their power back
      When the operator runs "services.sh restart" on "esx01"
      And the storage comes back
      And the operator powers on "web01" through "vCenter"
      Then "web01" runs on "esx01"
      And "web01" has no network connection
      And the log "/var/log/vmkernel.log" of "esx01" names the port file of "web01"
      And the datastore "vmfs01" is accessible on every host
      And the datastore "vmfs02" is accessible on every host
      And nothing else has changed

    @twin:power-on-before-restart
    Example: A VM that was powered on before the restart stays without a connection
      Given the hosts get their power back
      And the storage comes back
      And the operator powers on "web01" through "vCenter"
      When the operator runs "services.sh restart" on "esx01"
      Then "web01" has no network connection
      And the log "/var/log/vmkernel.log" of "esx01" names the port file of "web01"
      And "web01" has kept running
      And nothing else has changed

    Example: That VM has its connection at its next power-on
      Given the hosts get their power back
      And the storage comes back
      And the operator powers on "web01" through "vCenter"
      When the operator runs "services.sh restart" on "esx01"
      And the operator powers off "web01"
      And the operator powers on "web01" through "vCenter"
      Then "web01" has a network connection
      And "web01" has the same port as before
      And nothing else has changed

  @VDS-09 @defect:ports-lost-when-storage-is-late
  Rule: The restart of the agents restores service sooner than the reboot

    Example: Both cures side by side
      Given the hosts get their power back
      And the storage comes back
      When the operator runs "services.sh restart" on "esx01"
      And the operator powers on "web01" through "vCenter"
      And the operator reboots "esx02"
      And the operator powers on "web03" through "vCenter"
      Then "web01" has a network connection
      And "web03" has a network connection
      And restoring "web01" took less simulated time than restoring "web03"
      And nothing else has changed
