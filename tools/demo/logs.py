"""Task (c): a line of a log to a label and a severity in JSON. Out: a user's text, the answer, and the shape when there is one.

The label is the part of the system that the line is about, the severity what happened to it. Half of the lines name their level, and then it
agrees with what happened.
"""
from draw import fill
import shape as shapes

# label: (names of parts in logs, what happened by severity). {i} a small number, {n} a number, {x} a hexadecimal number, {p} a part
LABELS = {
    "network": (["eth0", "wlan0", "wifi", "tcp", "dhcp", "dns", "mqtt", "lwip", "ppp0", "netd", "modem", "http"], {
        "info": ["{p}: link up at {n} Mbps", "{p}: connected to server", "{p}: got address 192.168.{i}.{n}", "{p}: connection established",
            "{p}: session resumed", "{p}: 网络已连接", "{p}: 获取到IP地址", "{p}: 连接服务器成功"],
        "warning": ["~{p}: retrying connection, attempt {i}", "{p}: weak signal, rssi -{n}", "{p}: packet loss {i}%",
            "{p}: high latency {n} ms", "{p}: reconnecting in {i} s", "{p}: 信号弱", "~{p}: 正在重新连接", "{p}: 网络延迟过高"],
        "error": ["{p}: connection refused", "{p}: connection timed out after {i} s", "{p}: link down", "{p}: host unreachable",
            "{p}: cannot resolve host name", "~{p}: connection reset by peer", "{p}: 连接超时", "{p}: 网络断开", "{p}: 域名解析失败"],
        "critical": ["{p}: all network interfaces are down", "{p}: no network after {n} attempts, giving up", "{p}: network stack crashed",
            "{p}: 网络全部中断", "{p}: 多次重连失败,网络不可用"]}),
    "storage": (["mmc0", "sda1", "sdcard", "ext4-fs", "flash", "nvs", "spiffs", "mtd", "littlefs", "disk", "eeprom", "fs"], {
        "info": ["{p}: mounted filesystem", "{p}: {n} MB free", "{p}: filesystem check done", "{p}: partition found", "{p}: file saved",
            "{p}: 挂载成功", "{p}: 文件已保存"],
        "warning": ["{p}: {i}% space left", "{p}: slow write, {n} ms", "{p}: block {n} remapped", "{p}: filesystem nearly full",
            "{p}: wear level high", "{p}: 剩余空间不足", "{p}: 写入速度过慢"],
        "error": ["{p}: read error at sector {n}", "~{p}: write failed", "{p}: I/O error", "{p}: no space left on device",
            "{p}: crc error in block {n}", "{p}: cannot open file", "{p}: 读取错误", "{p}: 写入失败", "~{p}: 磁盘已满"],
        "critical": ["{p}: filesystem corrupted", "{p}: superblock lost", "~{p}: remounting read-only after errors",
            "{p}: device failed, data lost", "{p}: 文件系统损坏", "{p}: 数据丢失"]}),
    "power": (["battery", "pmic", "vcc", "charger", "ups", "psu", "adc_vbat", "regulator", "power"], {
        "info": ["{p}: charging started", "{p}: fully charged", "{p}: external supply connected", "{p}: voltage {i}.{i} V normal",
            "~{p}: 开始充电", "{p}: 充电完成", "{p}: 电压正常"],
        "warning": ["{p}: level {n}%, low", "{p}: voltage dropping to {i}.{i} V", "~{p}: under-voltage detected", "{p}: running on battery",
            "{p}: 电量低", "{p}: 电压偏低", "{p}: 切换到电池供电"],
        "error": ["{p}: charging failed", "{p}: over-current on output {i}", "{p}: supply lost", "{p}: cannot read voltage", "{p}: 充电失败",
            "~{p}: 输出过流", "{p}: 外部电源断开"],
        "critical": ["{p}: level {i}%, shutting down", "{p}: brownout reset", "{p}: voltage below minimum, system halts",
            "{p}: short circuit", "{p}: 电量耗尽,即将关机", "~{p}: 短路"]}),
    "thermal": (["cpu_thermal", "thermal", "thermal_zone0", "soc_temp", "fan", "heatsink", "gpu_temp", "cooling"], {
        "info": ["{p}: temperature {n} C normal", "{p}: cooled down to {n} C", "{p}: fan running at {n} rpm", "{p}: 温度恢复正常", "{p}: 风扇已启动"],
        "warning": ["{p}: temperature {n} C high", "{p}: throttling at {n} C", "{p}: clock reduced because of heat",
            "{p}: fan slower than expected", "{p}: 温度偏高", "~{p}: 过热降频"],
        "error": ["{p}: overheating, {n} C", "~{p}: fan stopped", "{p}: cooling failed", "{p}: 过热", "{p}: 风扇停转", "{p}: 散热失败"],
        "critical": ["{p}: critical temperature reached, shutting down", "{p}: emergency shutdown at {n} C", "{p}: thermal runaway",
            "{p}: 温度超过极限,紧急关机"]}),
    "memory": (["heap", "malloc", "oom", "kswapd", "mem", "alloc", "psram", "mm", "ram"], {
        "info": ["{p}: {n} KB free", "{p}: allocator ready", "{p}: cache cleared, {n} KB freed", "{p}: 内存充足", "{p}: 已释放内存"],
        "warning": ["~{p}: low memory, {n} KB left", "{p}: fragmentation {n}%", "{p}: memory use above {n}%",
            "{p}: possible leak in task {i}", "{p}: 内存不足", "{p}: 疑似内存泄漏"],
        "error": ["{p}: allocation of {n} bytes failed", "{p}: out of memory", "{p}: double free at 0x{x}", "{p}: buffer overflow",
            "{p}: 内存分配失败", "{p}: 缓冲区溢出"],
        "critical": ["{p}: heap corrupted at 0x{x}", "{p}: killed process {n}, out of memory", "{p}: stack overflow in task {i}, halted",
            "{p}: 堆损坏", "{p}: 栈溢出,系统停止"]}),
    "sensor": (["dht22", "bme280", "sht31", "ds18b20", "adc", "hx711", "bh1750", "mpu6050", "soil", "pms5003"], {
        "info": ["{p}: reading {n}", "{p}: sensor initialised", "{p}: calibration done", "{p}: sample {n} stored", "{p}: 传感器初始化完成",
            "{p}: 校准完成", "{p}: 读数{n}"],
        "warning": ["{p}: reading {n} out of range", "{p}: value unstable", "{p}: calibration is {n} days old", "{p}: slow response",
            "~{p}: 读数超出范围", "{p}: 数据不稳定", "{p}: 响应慢"],
        "error": ["~{p}: no response", "{p}: read failed", "{p}: checksum mismatch", "{p}: sensor not found at 0x{x}", "{p}: 传感器无响应",
            "{p}: 读取失败", "{p}: 校验和错误"],
        "critical": ["{p}: sensor destroyed, readings stopped", "{p}: all sensors lost", "{p}: failed {n} times, disabled for good",
            "{p}: 全部传感器失效", "{p}: 传感器损坏"]}),
    "bus": (["i2c", "i2c-1", "spi0", "uart1", "can0", "ttyUSB0", "modbus", "rs485", "usb", "twi"], {
        "info": ["{p}: bus initialised at {n} kHz", "{p}: device 0x{x} found", "{p}: opened at 115200 baud", "{p}: 总线初始化完成", "{p}: 设备已识别"],
        "warning": ["{p}: retry {i} on device 0x{x}", "{p}: clock stretched for {n} us", "{p}: fifo nearly full",
            "{p}: framing error ignored", "{p}: 总线重试", "{p}: 缓冲接近溢出"],
        "error": ["{p}: no ack from 0x{x}", "~{p}: bus error", "{p}: transfer timed out", "{p}: arbitration lost", "~{p}: parity error",
            "{p}: overrun, {n} bytes lost", "{p}: 无应答", "{p}: 传输超时", "{p}: 总线错误"],
        "critical": ["{p}: bus locked, reset failed", "{p}: bus off", "{p}: controller dead", "{p}: 总线锁死", "{p}: 控制器失效"]}),
    "security": (["sshd", "auth", "login", "firewall", "sudo", "tls", "pam", "secure_boot"], {
        "info": ["{p}: session opened for user {u}", "{p}: user {u} logged in", "{p}: certificate renewed", "{p}: rules loaded",
            "{p}: 用户{u}登录成功", "{p}: 证书已更新"],
        "warning": ["{p}: failed password for {u}", "{p}: certificate expires in {i} days", "{p}: unknown user {u}",
            "{p}: port scan from 10.0.{i}.{n}", "{p}: 密码错误", "{p}: 证书即将过期"],
        "error": ["~{p}: permission denied for {u}", "{p}: too many failures, {u} locked out", "{p}: certificate rejected",
            "{p}: handshake failed", "{p}: 权限不足", "~{p}: 证书无效", "{p}: 账号已锁定"],
        "critical": ["{p}: intrusion detected", "{p}: signature of firmware is wrong, boot stopped", "{p}: root login from unknown host",
            "{p}: 检测到入侵", "{p}: 固件签名错误"]}),
    "system": (["systemd", "kernel", "init", "wdt", "main", "task", "scheduler", "boot", "ota", "cron"], {
        "info": ["{p}: started in {n} ms", "~{p}: boot complete", "{p}: update to version {i}.{i} done", "{p}: job {n} finished",
            "{p}: 系统启动完成", "{p}: 升级成功", "{p}: 任务完成"],
        "warning": ["{p}: task {i} took {n} ms, too long", "{p}: clock not set", "{p}: configuration missing, using defaults",
            "{p}: restarting job {n}", "{p}: 任务耗时过长", "{p}: 使用默认配置"],
        "error": ["{p}: service exited with code {i}", "~{p}: update failed", "{p}: bad configuration in line {n}",
            "{p}: assertion failed in file {i}", "~{p}: 服务异常退出", "{p}: 升级失败", "{p}: 配置错误"],
        "critical": ["{p}: panic, rebooting", "{p}: watchdog reset", "{p}: unhandled exception at 0x{x}", "{p}: boot loop, {i} resets",
            "{p}: 系统崩溃", "{p}: 看门狗复位"]}),
}
# What tells neither the part nor the severity: the names of the part and of the level do.
PLAIN = ["{p}: status {n}", "{p}: event 0x{x}", "{p}: code {i}", "{p}: state {i} -> {i}", "{p}: see entry {n}", "{p}: message {i} of {n}",
    "{p}: unknown event {n}", "{p}: reported by {u}", "{p}: request {n} from {u}", "{p}: {n} events in {i} s", "{p}: {n}/{i}", "{p}: test {i}",
    "{p}: 状态码{n}", "{p}: 事件{n}", "{p}: 第{i}次", "{p}: 代码0x{x}", "{p}: 未知事件", "{p}: 消息{n}", "{p}: 请查看记录{n}", "{p}: 由{u}报告"]
LEVELS = {
    "info": ["INFO", "info", "I", "[INFO]", "Info", "NOTICE", "信息"],
    "warning": ["WARN", "WARNING", "warning", "W", "[WARN]", "Warning", "警告"],
    "error": ["ERROR", "error", "E", "[ERROR]", "ERR", "Error", "错误"],
    "critical": ["CRITICAL", "FATAL", "crit", "[FATAL]", "EMERG", "PANIC", "F", "严重"],
}
LINES = ["{l} {m}", "{l} ({n}) {m}", "[{t}] {l} {m}", "{d} {t} {l} {m}", "~{d}T{t}Z {l} {m}", "{d} {t} {h} {m}", "{o} {t} {h} {m}",
    "~[{s}] {m}", "<{i}>[{s}] {m}", "{m}", "{m}", "{t} {m}",
         "{l}: {m}", "{d} {t},{n} - {l} - {m}", "~{l} | {m}", "~{o} {t} {h} {l} {m}", "({s}) {l} {m}"]
ASK = ["{x}", "{x}", "{x}", "{x}", "{x}", "日志:{x}", "分类这条日志:{x}", "Classify this log line: {x}", "log: {x}", "~Log line: {x}", "这条日志是什么级别?{x}"]
KEYS = {"label": [["label"], ["category"], ["type"], ["class"], ["component"], ["subsystem"]], "severity": [["severity"], ["level"],
    ["priority"], ["log", "level"]]}
SEVERITY_WORDS = {"info": ["info", "INFO", "low", "ok"], "warning": ["warning", "WARNING", "warn", "medium"], "error": ["error", "ERROR",
    "high"], "critical": ["critical", "CRITICAL", "fatal"]}
HOSTS = ["pi", "raspberrypi", "gateway", "node3", "esp32", "board", "edge-1", "quern", "orangepi", "sensor-hub"]
USERS = ["root", "pi", "admin", "alice", "bob", "guest", "operator"]
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def message(d, label, severity, levelled):
    """Only a line that names its level may have a message that was never trained on, or one that says nothing: nothing else would tell
    its severity."""
    parts, happened = LABELS[label]
    said = PLAIN if levelled and d.chance(0.25) else happened[severity]
    return fill((d.template if levelled else d.known)(said), p=d.word(parts), n=str(d.integer(10, 999)),
        i=str(d.rng.randrange(1, 10)), x=f"{d.rng.randrange(16, 1 << d.word([7, 7, 32])):02x}", u=d.word(USERS))


def choice(d, kind, value):
    """(allowed words, the right one of them)"""
    if kind == "label":
        return shapes.choices(d, value, list(LABELS), 2, 6), value
    style = d.rng.randrange(3)
    order = [w[min(style, len(w) - 1)] for w in SEVERITY_WORDS.values()]
    value = SEVERITY_WORDS[value][min(style, len(SEVERITY_WORDS[value]) - 1)]
    return order if d.chance(0.5) else shapes.choices(d, value, order, 2, 4), value


def example(d):
    label, severity = d.word(list(LABELS)), d.word(list(LEVELS))
    date = f"{d.rng.randrange(2023, 2028)}-{d.rng.randrange(1, 13):02}-{d.rng.randrange(1, 29):02}"
    line = d.template(LINES)
    words = {"m": message(d, label, severity, "{l}" in line), "l": d.word(LEVELS[severity]), "d": date,
        "t": f"{d.rng.randrange(24):02}:{d.rng.randrange(60):02}:{d.rng.randrange(60):02}",
             "h": d.word(HOSTS), "n": str(d.rng.randrange(10, 99999)), "i": str(d.rng.randrange(1, 8)),
                 "s": f"{d.rng.randrange(1, 9999)}.{d.rng.randrange(1000000):06}",
             "o": f"{d.word(MONTHS)} {d.rng.randrange(1, 29)}"}
    said = fill(d.template(ASK), x=fill(line, **words))
    if d.chance(0.5):
        return said, {"label": label, "severity": severity}, None
    said_of = {"label": label, "severity": severity}
    if d.train and d.chance(0.25):  # one word of a list, and no object around it
        shape, answer = choice(d, *d.word(list(said_of.items())))
        return said, shapes.answer(answer), shape
    names = [(k if d.chance(0.45) else shapes.key_style(d, d.word(KEYS[k])), k) for k in said_of]
    if d.chance(0.3):
        names.reverse()
    if d.chance(0.15):
        names = names[:1]
    shape, answer = {}, {}
    for name, k in names:
        shape[name], answer[name] = choice(d, k, said_of[k]) if d.chance(0.5) else ("string", said_of[k])
    return said, answer, shape
