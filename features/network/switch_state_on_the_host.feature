Feature: A host knows its distributed switches by itself
  A host keeps what it needs of its distributed switches in /etc/vmware/dvsdata.db and in esx.conf. It needs no vCenter to
  build the switches again when it boots, and an operator can read what it has stored.

  Background:
    Given a cluster of three hosts

  @VDS-01
  Rule: A booting host rebuilds its distributed switches from its own files, without vCenter

    Example: The switch is back after a reboot while vCenter is off
      Given vCenter is off
      When the operator reboots "esx01"
      Then "esx01" has the switch "dvs-prod"
      And nothing else has changed

    Example: The switch is back after a power cut while vCenter is off
      Given vCenter is off
      And "esx01" loses its power
      When "esx01" gets its power back
      Then "esx01" has the switch "dvs-prod"
      And nothing else has changed

    @twin:switch-database-lost
    Example: A host that has lost its switch database boots without the switch
      Given vCenter is off
      And "esx01" loses its power
      And the file "/etc/vmware/dvsdata.db" of "esx01" is lost
      When "esx01" gets its power back
      Then "esx01" has no switch "dvs-prod"
      And the log "/var/log/vmkernel.log" of "esx01" names "/etc/vmware/dvsdata.db"
      And "esx02" has the switch "dvs-prod"
      And nothing else has changed

  @VDS-02
  Rule: The stored switch can be read on the host and is the one that runs

    Example: The stored switch, the running switch and vCenter agree
      When the operator runs "net-dvs -f /etc/vmware/dvsdata.db" on "esx01"
      Then the output describes the switch "dvs-prod"
      And "esx01" has the switch "dvs-prod"
      And nothing else has changed

    @twin:switch-database-corrupt
    Example: A corrupt switch database is an error that says so, and the host boots all the same
      Given vCenter is off
      And "esx01" loses its power
      And the file "/etc/vmware/dvsdata.db" of "esx01" is corrupted
      When "esx01" gets its power back
      And the operator runs "net-dvs -f /etc/vmware/dvsdata.db" on "esx01"
      Then the command fails and names "/etc/vmware/dvsdata.db"
      And the log "/var/log/vmkernel.log" of "esx01" names "/etc/vmware/dvsdata.db"
      And "esx01" has no switch "dvs-prod"
      And "esx01" answers its operators
      And nothing else has changed
