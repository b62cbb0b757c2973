"""How the keys of generation 2 lose their spaces and get them back.

Dropping the spaces is mechanical. Most keys come back by a rule too: a new word begins with a capital letter, an
abbreviation ends before the capital of the next word; an element that begins with a small letter is one word.
`IRREGULAR` lists the others, as exports spell them.
"""

import re
from functools import lru_cache

_LISTED = (
    "WAN TYPE|WAN IP|DHCP Option 100-101|Enable PPPoE|PPPoE User|PPPoE Password|WAN6 IP|WAN6 IP PREFIX|WIFI SSID|"
    "Opus Sample  Rate|RTCP CNAME User|RTCP CNAME Host|Call waiting Tone|SIP  Port|Strict BranchPrefix|"
    "SMS direct Enabled|BakProxy Addr|BakProxy Port|BakProxy User|BakProxy Pswd|BakProxy Need Reg On|SigCrypto Key|"
    "MedCrypto Key|NoAnswer FWD Num|WarmLine Time|NAT UDPUpdate|UDPUpdate TTL|UDPUpdate Try Times|DNS SRV|"
    "Click to Talk|CallPark Num|MSRPHelp Num|NoAnswerTime|MissedCallLog|SvcCode Mode|DNDOn SvcCode|DNDOff SvcCode|"
    "CFUOn SvcCode|CFUOff SvcCode|CFBOn SvcCode|CFBOff SvcCode|CFNOn SvcCode|CFNOff SvcCode|ANCOn SvcCode|"
    "ANCOff SvcCode|Send ANOn Code|Send ANOffCode|VoiceCodecMap|VideoCodecMap|BLFList Uri|Respond 182|"
    "Enable BLFList|Sub CallPark|Enable XferBack|XferBack Time|Enable ChgPort|VQ HTTP Server|Enable Deal 180|"
    "SIP P2P Enable Auto Answer|SIP P2P Auto Answer Delay|SIP P2P Dtmf Mode|SIP P2P Sip Info Dtmf Mode|"
    "SIP P2P Enable Preview|SIP P2P Preview Mode|SIP P2P Use VPN|SIP P2P Call-ID Format|SIP P2P Session Timer|"
    "SIP P2P S Timer Expires|SIP P2P Display Name|SIP P2P Username|SIP P2P Block RTP When Alerting|"
    "SIP P2P Enable Deal 180|Enable XferDPlan|Enable FwdDPlan|Enable Pre DPlan|Enable CallBar|Enable Allowed list|"
    "Enable Blocked list|CallWaiting|CallTransfer|CallSemiXfer|CallConference|Auto PickupNext|Busy HangUp Delay|"
    "Auto HangUp Tone|Redial EnterCallLog|AutoRedial Delay|AutoRedial Times|CHolding Tone|CWaiting Tone|"
    "Enable MultiLine|Enable PreDial|Enable SelLine|Ring in Headset|Dial by Pound|BTransfer by Pound|"
    "Onhook to BXfer|Onhook to AXfer|Conf Onhook to Xfer|Dial by Timeout|Dial Timeout value|Enable E OneSixFour|"
    "KeyLock Password|Enable KeyLock|KeyLock Timeout|KeyLock Status|Push XML IP|CallLog DisplayType|"
    "Disable CHN IME|HandFree Vol|HandFree Mic Vol|HandFree Ring Vol|HandFree Tone Vol|Enable TimeDisplay|"
    "SoftKey Exit Style|XAlerting Softkey|DialerPre Softkey|DialerCall Softkey|DialerXfer Softkey|"
    "DialerCfwd Softkey|DialerConf Softkey|Dailer  Click|Call    Click|Agent Clear CallLog|SipLine|UserName|PassWd|"
    "PhoneState Idle Url|PhoneState Talking|PhoneState Ringing|New Missed call Url|Select DsskeyAction|"
    "Memory Key to BXfer|FuncKey Page Num|SideKey Page Num|DSS DIAL Switch Mode|DSS Extend1 MAC|DSS Extend1 IP|"
    "DSS Extend2 MAC|DSS Extend2 IP|DSS Extend3 MAC|DSS Extend3 IP|DSS Extend4 MAC|DSS Extend4 IP|DSS Extend5 MAC|"
    "DSS Extend5 IP|CPE SerialNumber|ACS URL|ACS UserName|ACS BackupUserName|ACS BackupPassword|CPE UserName|"
    "Enable UseOnlyHttps|ParameterKey|RebootCommandKey|DownloadCommandKey|ProvisioningCode|Download status|"
    "VPN mode|Openvpn mode|Download CommonConf|Download DeviceConf|Check FailTimes|PNP IP|DHCPv6 Option|"
    "Dhcp Option 120|Upgrade Server 1|Upgrade Server 2|Clr PB B4 Import|Auto etc Url|Auto DPeer Url|Auto AList Url|"
    "X SYS Upgrade Url1|X SYS Upgrade Url2|VLAN ID|Enable diffServ|CTF mode|Current material version|Vibrate mode|"
    "EHS Headset type|Display Logo on Screensaver|Display Time on Screensaver|Display Date on Screensaver|"
    "Display SIP on Screensaver|Display Provision prompt|AP SSID|update PB Interval|"
    "Enable Offhook CallLog|CallLog Softkey|Enable Meta CommPortal|PassWord|Hotel First line|Hotel Second line|"
    "First line Format|Second line  Format|Hotel profile Font Color|Standby custom Font Color"
)
IRREGULAR = tuple(_LISTED.split("|"))
"""Keys that the rule does not give back."""
_OF_LIST = {("XML-PBook", "BindLine"): "BindLine", ("SIP", "CallWaiting"): "Call Waiting"}
"""Keys that one list spells differently: ``LDAP1 Bind Line`` and ``P1 CallWaiting``, but ``XML-PBook1 BindLine``."""
_SPACED = {key.replace(" ", ""): key for key in IRREGULAR}
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[0-9])(?=[A-Z][a-z])|(?<=[A-Z])(?=[A-Z][a-z])")


def squeeze(key: str) -> str:
    """A text key as an XML element: its spaces dropped, case and misspellings kept."""
    return key.replace(" ", "")


@lru_cache(maxsize=8192)
def spaced(element: str, prefix: str = "") -> str:
    """An XML element as a text key, in the list that has this prefix. `squeeze` undoes it, whatever the element."""
    known = _OF_LIST.get((prefix, element)) or _SPACED.get(element)
    return known or (element if element[:1].islower() else _WORDS.sub(" ", element))
