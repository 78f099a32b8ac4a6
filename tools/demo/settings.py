"""Task (a): settings in a sentence to a configuration in JSON. Out: a user's text, the answer, and the shape when there is one."""
from draw import SEAM, fill, plain
from numbers_said import clock, spoken
import shape as shapes

# ---- quantities and the limits set on them ----

# key: (zh, en, unit, low, high)
QUANTITIES = {
    "temperature": (["温度", "气温", "温度"], ["temperature", "temp"], "celsius", -20, 120),
    "humidity": (["湿度", "空气湿度", "相对湿度"], ["humidity", "relative humidity"], "percent", 5, 99),
    "water_temperature": (["水温", "水温度"], ["water temperature", "water temp"], "celsius", 0, 99),
    "pressure": (["气压", "压力"], ["pressure", "air pressure"], "pressure", 10, 1200),
    "light": (["光照", "光照强度", "光强"], ["light", "light level", "illuminance"], "lux", 1, 3000),
    "co2": (["二氧化碳", "CO2", "二氧化碳浓度", "CO2浓度"], ["co2", "CO2", "carbon dioxide"], "ppm", 300, 5000),
    "pm25": (["PM2.5", "PM2.5浓度", "细颗粒物"], ["PM2.5", "pm2.5"], "dust", 5, 500),
    "noise": (["噪声", "噪音", "噪声值"], ["noise", "noise level"], "decibel", 20, 130),
    "smoke": (["烟雾", "烟雾浓度"], ["smoke", "smoke level"], "ppm", 10, 900),
    "gas": (["燃气", "燃气浓度", "可燃气体"], ["gas", "gas level", "gas concentration"], "ppm", 10, 900),
    "soil_moisture": (["土壤湿度", "土壤水分"], ["soil moisture"], "percent", 5, 95),
    "water_level": (["水位", "液位"], ["water level"], "length", 5, 400),
    "voltage": (["电压", "电源电压"], ["voltage"], "volt", 1, 400),
    "current": (["电流"], ["current"], "ampere", 1, 900),
    "power": (["功率"], ["power"], "watt", 1, 3000),
    "battery": (["电量", "电池电量"], ["battery", "battery level"], "percent", 1, 99),
    "speed": (["转速", "电机转速"], ["speed", "motor speed"], "rpm", 50, 9000),
    "distance": (["距离"], ["distance"], "length", 2, 900),
    "flow": (["流量"], ["flow", "flow rate"], "flow", 1, 300),
    "weight": (["重量"], ["weight"], "weight", 1, 500),
}
# unit: (zh, en); {n} is the number. The empty unit is always possible too.
UNITS = {
    "celsius": (["{n}℃", "{n}°C", "{n}度", "{n}摄氏度", "{n} ℃", "{n}℃", "{n}度"], ["{n}C", "{n}°C", "{n} degrees", "{n} °C", "{n}℃", "{n} deg C",
        "{n} C"]),
    "percent": (["{n}%", "{n}%", "{n}%", "{n} %", "百分之{n}", "{n}%RH"], ["{n}%", "{n}%", "{n} %", "{n} percent", "{n}%RH"]),
    "pressure": (["{n}hPa", "{n}kPa", "{n}千帕", "{n}百帕"], ["{n} hPa", "{n}hPa", "{n} kPa"]),
    "lux": (["{n}lux", "{n}勒克斯", "{n}lx", "{n} lux"], ["{n} lux", "{n}lux", "{n} lx"]),
    "ppm": (["{n}ppm", "{n} ppm", "{n}PPM"], ["{n} ppm", "{n}ppm"]),
    "dust": (["{n}微克", "{n}ug/m3", "{n}μg/m³", "{n}"], ["{n} ug/m3", "{n}", "{n}μg/m³"]),
    "decibel": (["{n}dB", "{n}分贝", "{n} dB"], ["{n} dB", "{n}dB", "{n} decibels"]),
    "length": (["{n}cm", "{n}厘米", "{n}米", "{n}mm", "{n}毫米"], ["{n} cm", "{n}cm", "{n} mm", "{n} m"]),
    "volt": (["{n}V", "{n}伏", "{n}伏特", "{n} V"], ["{n}V", "{n} V", "{n} volts"]),
    "ampere": (["{n}A", "{n}安", "{n}mA", "{n}毫安"], ["{n}A", "{n} A", "{n} mA", "{n} amps"]),
    "watt": (["{n}W", "{n}瓦", "{n} W"], ["{n}W", "{n} W", "{n} watts"]),
    "rpm": (["{n}rpm", "{n}转", "{n}转每分", "{n}RPM"], ["{n} rpm", "{n}rpm", "{n} RPM"]),
    "flow": (["{n}L/min", "{n}升每分", "{n}升/分"], ["{n} L/min", "{n}L/min", "{n} liters per minute"]),
    "weight": (["{n}kg", "{n}公斤", "{n}千克", "{n}克", "{n}g"], ["{n} kg", "{n}kg", "{n} g"]),
}
# role: (zh, en, what free text says of it in zh, in en)
ROLES = {
    "threshold": (["{q}阈值", "{q}阈值", "{q}报警值", "{q}门限", "~{q}告警阈值", "{q}预警值", "{q}报警阈值", "{q}临界值", "{q}触发值", "{q}告警值"],
                  ["{q} threshold", "{q} threshold", "~{q} alarm threshold", "{q} alarm level", "{q} trigger", "{q} alarm", "{q} alarm limit",
                      "threshold for {q}"],
                  ["{q}超过{v}", "{q}高于{v}", "{q}大于{v}", "{q}达到{v}", "~{q}到了{v}", "{q}超出{v}", "~{q}一旦超过{v}", "{q}>{v}", "{q}一旦高于{v}", "{q}一旦达到{v}", "{q}到{v}",
                      "{q}超过了{v}"],
                  ["{q} above {v}", "{q} over {v}", "{q} exceeds {v}", "~{q} is above {v}", "{q} goes over {v}", "{q} reaches {v}", "{q} > {v}",
                   "{q} is higher than {v}", "{q} greater than {v}", "{q} rises above {v}", "{q} is over {v}"]),
    "max": (["{q}上限", "{q}上限", "最高{q}", "最大{q}", "{q}最大值", "{q}最高值", "~{q}上限值"],
            ["max {q}", "maximum {q}", "{q} upper limit", "{q} max", "upper {q} limit", "~{q} maximum", "highest {q}"],
            ["{q}不超过{v}", "{q}不高于{v}", "{q}最高{v}", "{q}最多{v}", "{q}不能超过{v}", "~{q}不要超过{v}", "{q}不要高于{v}", "{q}不得超过{v}"],
            ["{q} at most {v}", "{q} no more than {v}", "{q} up to {v}", "~{q} not above {v}", "{q} must not exceed {v}",
                "{q} never above {v}", "{q} not over {v}", "{q} not higher than {v}"]),
    "min": (["{q}下限", "{q}下限", "最低{q}", "最小{q}", "{q}最小值", "{q}最低值", "~{q}下限值"],
            ["min {q}", "minimum {q}", "{q} lower limit", "{q} min", "lower {q} limit", "~{q} minimum", "lowest {q}"],
            ["{q}低于{v}", "{q}小于{v}", "{q}不低于{v}", "{q}至少{v}", "{q}不足{v}", "~{q}低到{v}", "{q}<{v}", "{q}降到{v}", "{q}低过{v}"],
            ["{q} below {v}", "{q} under {v}", "{q} at least {v}", "{q} less than {v}", "~{q} drops below {v}", "{q} < {v}",
                "{q} no less than {v}", "{q} drops under {v}", "{q} falls below {v}"]),
    "target": (["目标{q}", "{q}目标", "{q}设定值", "设定{q}", "{q}目标值", "{q}设定目标", "~{q}设定"],
               ["target {q}", "~{q} target", "{q} setpoint", "{q} set point", "desired {q}", "{q} goal", "{q} target value"],
               ["{q}保持在{v}", "{q}维持在{v}", "{q}控制在{v}", "{q}保持{v}", "{q}稳定在{v}", "~{q}维持{v}左右", "{q}保持{v}左右", "{q}控制在{v}左右"],
               ["keep {q} at {v}", "~hold {q} at {v}", "maintain {q} at {v}", "keep the {q} at {v}", "keep {q} around {v}",
                   "hold the {q} around {v}", "hold {q} near {v}", "keep {q} near {v}"]),
}
# Other words for the parts of a key, in the shape of an answer.
KEY_WORDS = {
    "temperature": ["temperature", "temp"], "humidity": ["humidity", "hum"], "pressure": ["pressure", "press"], "light": ["light",
        "illuminance", "lux"],
    "noise": ["noise", "sound"], "battery": ["battery", "bat"], "voltage": ["voltage", "volt"], "speed": ["speed", "rpm"],
    "threshold": ["threshold", "limit", "alarm", "trigger"], "max": ["max", "high", "upper", "upper_limit", "max_value"],
    "min": ["min", "low", "lower", "lower_limit", "min_value"], "target": ["target", "setpoint", "goal"],
    "sampling": ["sampling", "sample"], "interval": ["interval", "period"], "report": ["report", "upload"], "sec": ["sec", "s", "seconds"],
    "ms": ["ms", "millis"], "min_unit": ["min", "minutes"], "hour": ["hour", "hours", "h"], "alert": ["alert", "alarm", "notify"],
        "method": ["method", "methods", "output", "type"],
    "retry": ["retry", "retries"], "server": ["server", "host"],
}

# ---- times between things ----

# key parts: (zh, en, free zh, free en)
PERIODS = {
    ("sampling", "interval"): (["采样间隔", "采样间隔", "采样周期", "采集间隔", "~采样时间间隔", "检测间隔", "采集周期", "检测周期"],
                               ["sampling interval", "sample interval", "sampling period", "~sample period", "sample rate interval",
                                   "measurement interval"],
                               ["每{v}采样一次", "每隔{v}采样一次", "每{v}采集一次", "{v}采样一次", "每{v}检测一次", "每{v}测一次", "每隔{v}读取一次"],
                               ["sample every {v}", "~sampling every {v}", "measure every {v}", "take a sample every {v}", "read every {v}",
                                   "check every {v}"]),
    ("report", "interval"): (["上报间隔", "上报周期", "上传间隔", "发送间隔", "~上传周期", "汇报间隔"],
                             ["report interval", "upload interval", "reporting interval", "~report period", "publish interval"],
                             ["每{v}上报一次", "每隔{v}上传一次", "每{v}发送一次", "{v}上报一次", "每{v}上传一次数据", "~每隔{v}汇报一次"],
                             ["report every {v}", "upload every {v}", "send every {v}", "publish every {v}", "send data every {v}",
                                 "~reporting every {v}"]),
    ("heartbeat", "interval"): (["心跳间隔", "心跳周期", "心跳"], ["heartbeat interval", "heartbeat", "heartbeat period"],
                                ["每{v}一次心跳", "每{v}发一次心跳"], ["heartbeat every {v}", "a heartbeat every {v}"]),
    ("timeout",): (["超时", "超时时间", "等待超时"], ["timeout", "time out"], ["超时{v}", "{v}超时"], ["time out after {v}", "timeout of {v}"]),
    ("delay",): (["延时", "延迟", "延迟时间", "延时时间"], ["delay", "delay time"], ["延时{v}", "延迟{v}"], ["wait {v}", "delay of {v}", "delay by {v}"]),
    ("duration",): (["持续时间", "时长", "报警时长"], ["duration", "alarm duration"], ["持续{v}", "响{v}"], ["for {v}", "lasting {v}"]),
}
TIME_UNITS = {
    "sec": (["{n}秒", "{n}秒", "{n}s", "{n}秒钟", "{n} 秒"], ["{n} seconds", "{n}s", "{n} s", "{n} sec", "{n} seconds"]),
    "ms": (["{n}毫秒", "{n}ms"], ["{n} ms", "{n}ms", "{n} milliseconds"]),
    "min": (["{n}分钟", "{n}分", "{n}min"], ["{n} minutes", "{n} min", "{n}min"]),
    "hour": (["{n}小时", "{n}个小时", "{n}h"], ["{n} hours", "{n}h", "{n} h"]),
}

# ---- other settings ----

ALERTS = {
    "LED": (["LED闪烁", "LED", "LED灯", "闪灯", "指示灯", "灯光闪烁", "LED灯闪烁", "闪LED", "灯光"], ["LED", "blinking LED", "flashing LED", "LED blink",
        "LED light", "led", "LED flash"]),
    "UART": (["串口日志", "串口", "串口输出", "UART", "串口打印", "UART日志", "写串口日志"], ["UART", "serial log", "serial", "serial port", "uart", "UART log",
        "serial output"]),
    "BUZZER": (["蜂鸣器", "蜂鸣", "声音", "蜂鸣器响", "声音报警"], ["buzzer", "beep", "sound", "beeper", "BUZZER"]),
    "SMS": (["短信", "短信通知", "发短信", "手机短信"], ["SMS", "text message", "sms", "SMS message"]),
    "EMAIL": (["邮件", "电子邮件", "发邮件", "邮件通知"], ["email", "e-mail", "mail", "Email"]),
    "MQTT": (["MQTT", "MQTT消息", "MQTT推送"], ["MQTT", "mqtt", "MQTT message"]),
    "RELAY": (["继电器", "继电器断开", "继电器动作"], ["relay", "RELAY", "relay output"]),
    "LCD": (["LCD", "屏幕显示", "液晶屏", "屏幕"], ["LCD", "screen", "display", "LCD display"]),
    "HTTP": (["HTTP", "HTTP回调", "网络请求"], ["HTTP", "webhook", "http", "HTTP request"]),
}
ALERT_NAMES = (["报警方式", "报警方式", "告警方式", "报警", "提醒方式", "通知方式", "报警输出", "报警手段", "~告警", "告警手段"],
               ["alert method", "alert", "alarm method", "alarm output", "notify by", "notification", "alarm", "alert by", "~alert methods"])
ALERT_FREE = (["用{v}报警", "通过{v}报警", "报警用{v}", "用{v}提醒", "~以{v}方式告警", "用{v}通知我", "就{v}报警", "以{v}报警", "采用{v}方式报警"],
              ["alert by {v}", "~alert via {v}", "alert with {v}", "notify me by {v}", "alarm via {v}", "warn me by {v}", "use {v} for alerts", "send alerts via {v}"])
ALERT_KEYS = [["alert", "method"], ["alert", "method"], ["alert"], ["alarm"], ["notify"], ["alarm", "output"], ["alerts"], ["notification"],
    ["notify", "by"], ["notify", "method"]]

COUNTS = {  # key parts: (zh, en, values)
    ("baud", "rate"): (["波特率", "串口波特率"], ["baud rate", "baud", "baudrate"], [1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400,
        460800, 921600]),
    ("gpio", "pin"): (["GPIO引脚", "引脚", "引脚号", "GPIO"], ["GPIO pin", "pin", "gpio", "pin number"], range(0, 40)),
    ("port",): (["端口", "端口号"], ["port", "port number"], range(20, 65536)),
    ("retry", "count"): (["重试次数", "重试", "最大重试次数"], ["retry count", "retries", "max retries"], range(0, 21)),
    ("brightness",): (["亮度", "屏幕亮度"], ["brightness", "screen brightness"], range(0, 101)),
    ("volume",): (["音量"], ["volume"], range(0, 101)),
    ("channel",): (["通道", "通道号", "信道"], ["channel", "channel number"], range(0, 33)),
    ("device", "id"): (["设备号", "设备编号", "设备ID"], ["device id", "device number", "device ID"], range(1, 1000)),
    ("fan", "speed"): (["风扇转速", "风扇速度"], ["fan speed"], range(100, 5000)),
}
SWITCHES = {
    ("logging",): (["日志", "日志记录", "记录日志"], ["logging", "log"]),
    ("wifi",): (["WiFi", "无线", "wifi"], ["wifi", "WiFi", "Wi-Fi"]),
    ("bluetooth",): (["蓝牙"], ["bluetooth", "Bluetooth"]),
    ("auto", "restart"): (["自动重启"], ["auto restart", "automatic restart"]),
    ("power", "saving"): (["省电模式", "节能模式", "低功耗模式", "省电"], ["power saving", "power saving mode", "low power mode"]),
    ("debug",): (["调试", "调试模式"], ["debug", "debug mode"]),
    ("watchdog",): (["看门狗"], ["watchdog"]),
}
ON = (["开启", "打开", "开", "启用", "是", "on"], ["on", "enabled", "true", "yes", "enable"])
OFF = (["关闭", "关", "禁用", "否", "不启用", "off"], ["off", "disabled", "false", "no", "disable"])
MODES = {
    ("mode",): (["模式", "工作模式", "运行模式"], ["mode", "operating mode"],
                {"auto": (["自动", "自动模式"], ["auto", "automatic"]), "manual": (["手动", "手动模式"], ["manual"]),
                 "sleep": (["休眠", "睡眠", "睡眠模式"], ["sleep"]), "eco": (["节能", "节能模式"], ["eco", "energy saving"])}),
    ("log", "level"): (["日志级别", "日志等级"], ["log level", "logging level"],
                       {"debug": (["调试", "debug", "DEBUG"], ["debug", "DEBUG"]), "info": (["信息", "info", "INFO"], ["info", "INFO"]),
                        "warning": (["警告", "warning", "WARN"], ["warning", "WARNING", "warn"]), "error": (["错误", "error", "ERROR"], ["error",
                            "ERROR", "errors only"])}),
    ("priority",): (["优先级"], ["priority"],
                    {"low": (["低"], ["low"]), "medium": (["中", "普通"], ["medium", "normal"]), "high": (["高", "最高"], ["high"])}),
}
PLACES = [("客厅", "living room"), ("厨房", "kitchen"), ("仓库", "warehouse"), ("机房", "server room"), ("温室", "greenhouse"), ("车间", "workshop"),
    ("办公室", "office"),
          ("教室", "classroom"), ("实验室", "lab"), ("地下室", "basement"), ("大棚", "field tent"), ("鱼塘", "fish pond"), ("阳台", "balcony"), ("车库",
              "garage")]
SYLLABLES = ("ba be bo ca co da de di du fa fo ga go ha hu ja ka ki ko la le li lo "
    "ma me mi mo na ne no pa po ra re ri ro sa se si so ta te ti to va vi wa xi ya yu za zo").split()


def name(d):
    word = "".join(d.rng.choice(SYLLABLES) for _ in range(d.rng.randint(1, 3)))
    form = d.rng.randrange(6)
    number = str(d.rng.randrange(1, 100))
    return [word, word + number, word + "-" + number, word + "_" + number, "sensor-" + number, d.word(["node", "esp32", "pi", "board",
        "gw"]) + d.word(["-", "_", ""]) + number][form]


def host(d):
    if d.chance(0.5):
        return d.word(["192.168.{}.{}", "10.0.{}.{}", "172.16.{}.{}"]).format(d.rng.randrange(256), d.rng.randrange(1, 255))
    return name(d).replace("_", "-") + d.word([".local", ".com", ".example.com", ".net", ".lan"])


def place(d, zh):
    p = d.word(PLACES)[0 if zh else 1]
    if d.chance(0.4):
        n = str(d.rng.randrange(1, 20))
        return (n + "号" + p) if zh else p + " " + n
    return p


TEXTS = {  # key parts: (zh, en, how a value is made)
    ("device", "name"): (["设备名", "设备名称", "名称"], ["device name", "name", "device"], lambda d, zh: name(d)),
    ("wifi", "ssid"): (["WiFi名称", "热点名称", "SSID"], ["wifi ssid", "SSID", "ssid", "wifi name"], lambda d, zh: name(d)),
    ("server",): (["服务器", "服务器地址", "主机"], ["server", "host", "server address"], lambda d, zh: host(d)),
    ("i2c", "address"): (["I2C地址", "从机地址"], ["I2C address", "i2c address"], lambda d,
        zh: f"0x{d.rng.randrange(8, 120):02{'x' if d.chance(0.7) else 'X'}}"),
    ("topic",): (["MQTT主题", "主题"], ["MQTT topic", "topic"], lambda d, zh: d.word(["home", "farm", "lab",
        "site"]) + "/" + name(d) + d.word(["", "/temp", "/state", "/data"])),
    ("location",): (["位置", "安装位置", "地点"], ["location", "place", "site"], place),
}
CLOCKS = {("start", "time"): (["开始时间", "启动时间"], ["start time"]), ("end", "time"): (["结束时间", "停止时间"], ["end time", "stop time"])}


# ---- one field: what is said, the key, the value ----

class Field:
    """parts: of the key. said: "name=value" as (name, value), or a whole clause in `free`. type: in the shape."""

    def __init__(self, parts, name, said, value, type_, free=None, unit=None):
        self.parts, self.name, self.said, self.value, self.type, self.free, self.unit = parts, name, said, value, type_, free, unit


def number(d, low, high):
    r = d.rng.random()
    if r < 0.14:
        return d.value(lambda: round(d.rng.uniform(max(low, -50), min(high, 200)), 1))
    if r < 0.5:
        return d.integer(low, min(high, low + 99))
    return d.integer(low, high)


def with_unit(d, n, units, zh):
    if d.chance(0.1):
        return str(n)
    return unit_of(d, n, d.word(units[0 if zh else 1]), zh)


def unit_of(d, n, form, zh):
    """Only what is followed by a space or by Chinese is now and then a number in words."""
    spelt = form.isascii() == (not zh) and (zh or "{n} " in form) and not str(n).startswith("-")
    return form.replace("{n}", spoken(d, n, zh) if spelt else str(n))


def quantity(d, zh):
    key = d.word(["temperature", "humidity"] * 4 + list(QUANTITIES))
    zh_names, en_names, unit, low, high = QUANTITIES[key]
    role = d.word(["threshold", "threshold", "max", "min", "target"])
    n = number(d, low, high)
    q = d.word(zh_names if zh else en_names)
    label = fill(d.template(ROLES[role][0 if zh else 1]), q=q)
    v = with_unit(d, n, UNITS[unit], zh)
    free = fill(d.template(ROLES[role][2 if zh else 3]), q=q, v=v)
    return Field(key.split("_") + [role], label, v, n, "number" if isinstance(n, float) or d.chance(0.3) else "integer", free)


def period(d, zh):
    parts = d.word([("sampling", "interval")] * 4 + [("report", "interval")] * 2 + list(PERIODS))
    unit = d.word(["sec"] * 5 + ["min"] * 3 + ["ms"] * 2 + ["hour"])
    n = d.integer(1, 12) if unit == "hour" else d.integer(50, 5000, 50) if unit == "ms" and d.chance(0.6) else d.integer(1,
        20) if d.chance(0.4) else d.integer(1, 120)
    v = unit_of(d, n, d.word(TIME_UNITS[unit][0 if zh else 1]), zh)
    names, free = PERIODS[parts][0 if zh else 1], PERIODS[parts][2 if zh else 3]
    return Field(list(parts) + ["min_unit" if unit == "min" else unit], d.template(names), v, n, "integer", fill(d.template(free), v=v), unit)


def alert(d, zh):
    kinds = d.some(list(ALERTS), 1, 3)
    if d.chance(0.3):
        kinds = ["LED", "UART"] if d.chance(0.7) else ["UART", "LED"]
    said = [d.word(ALERTS[k][0 if zh else 1]) for k in kinds]
    joint = d.word(["+", "+", "、", "和", "及", ",", "/", "加", " + ", "与"]) if zh else d.word(["+", " + ", " and ", ", ", "/", " & ", " and "])
    v = joint.join(SEAM + s + SEAM for s in said)
    return Field(["alert", "method"], d.template(ALERT_NAMES[0 if zh else 1]), v, kinds, "alert", fill(d.template(ALERT_FREE[0 if zh else 1]),
        v=v))


def count(d, zh):
    parts = d.word(list(COUNTS))
    names = COUNTS[parts]
    values = names[2]
    n = d.rng.choice(values) if isinstance(values, list) else d.value(lambda: d.rng.choice(values))
    return Field(list(parts), d.word(names[0 if zh else 1]), str(n), n, "integer")


def switch(d, zh):
    parts = d.word(list(SWITCHES))
    on = d.chance(0.5)
    return Field(list(parts), d.word(SWITCHES[parts][0 if zh else 1]), d.word((ON if on else OFF)[0 if zh else 1]), on, "boolean",
                 fill(d.word([("打开{q}" if on else "关闭{q}"), ("开启{q}" if on else "禁用{q}")] if zh else
                             [("turn on {q}" if on else "turn off {q}"), ("enable {q}" if on else "disable {q}"),
                                 ("with {q}" if on else "without {q}")]),
                      q=d.word(SWITCHES[parts][0 if zh else 1])))


def mode(d, zh):
    parts = d.word(list(MODES))
    zh_names, en_names, values = MODES[parts]
    key = d.word(list(values))
    return Field(list(parts), d.word(zh_names if zh else en_names), d.word(values[key][0 if zh else 1]), key, list(values))


def text(d, zh):
    parts = d.word(list(TEXTS))
    names = TEXTS[parts]
    v = d.value(lambda: names[2](d, zh))
    return Field(list(parts), d.word(names[0 if zh else 1]), v, v, "string")


def time(d, zh):
    parts = d.word(list(CLOCKS))
    said, v = clock(d, zh)
    return Field(list(parts), d.word(CLOCKS[parts][0 if zh else 1]), said, v, "string")


MAKERS = [quantity] * 10 + [period] * 4 + [alert] * 4 + [count, count, switch, switch, mode, text, text, time]

# ---- sentences ----

PAIRS = (["{k}={v}", "{k}={v}", "{k}:{v}", "{k}:{v}", "{k}为{v}", "{k}是{v}", "{k}设为{v}", "{k} {v}", "{k}{v}", "{k}={v}", "{k} = {v}",
    "{k}设置为{v}", "{k}改成{v}", "~{k}设成{v}", "{k}调到{v}", "{k}调成{v}"],
         ["{k}={v}", "{k} = {v}", "{k}: {v}", "{k} {v}", "{k} is {v}", "{k}:{v}", "set {k} to {v}", "~{k} to {v}", "{k} of {v}",
             "~the {k} is {v}", "{k} should be {v}", "{k} -> {v}", "the {k} should be {v}", "{k} set to {v}"])
JOINTS = ([",", ",", ",", ",", ";", ";", "、", " ", "\n", ", "], [", ", ", ", ", ", "; ", ",", "\n", " and ", ", and "])
BEFORE = (["请配置:", "设置:", "配置如下:", "帮我设置", "请把", "参数:", "请设置:", "我要", "配置", "帮我配置一下:", "~请按以下设置:", "以下是参数:"],
          ["Please set ", "Config: ", "Settings: ", "Configure: ", "I want ", "~Please configure: ", "Set up: ", "Use ", "Parameters: ",
              "New settings: ", "Please use ", "Configure this: "])
AFTER = (["。", "。", "。谢谢", "就行", "~。请生成配置", "!", ",生成配置"], [".", ".", ", please.", "~. Thanks.", " please", "!", ", thanks."])
WHEN = (["{c}时{a}", "当{c}时{a}", "{c}就{a}", "如果{c}就{a}", "~{c}的话{a}", "{c}的话就{a}", "{c}则{a}", "要是{c},{a}", "{c},{a}"],
        ["{a} when {c}", "if {c}, {a}", "when {c}, {a}", "{a} if {c}", "{c}: {a}", "~{a} as soon as {c}", "as soon as {c}, {a}"])


def fields(d, zh):
    n = d.word([1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5] if d.train else [1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5])
    chosen, seen = [], set()
    while len(chosen) < n:
        f = d.word(MAKERS)(d, zh)
        key = tuple(f.parts[:-1]) if f.unit else tuple(f.parts)
        if key not in seen and not (f.unit and f.parts[:-1] in [g.parts[:-1] for g in chosen]):
            seen.add(key)
            chosen.append(f)
    return chosen


def pairs(d, zh, chosen):
    lang = 0 if zh else 1
    pair, joint = d.template(PAIRS[lang]), d.word(JOINTS[lang])
    mixed = d.chance(0.25)
    said = []
    for f in chosen:
        if pair == "{k}{v}" and not (f.said[:1].isdigit() and not f.name[-1:].isascii()):
            p = "{k}={v}"
        else:
            p = d.template(PAIRS[lang]) if mixed else pair
        if p in ("{k}{v}", "{k} {v}") and f.type == "string" or p == "{k}{v}" and mixed:
            p = "{k}:{v}"
        said.append(fill(p, k=f.name, v=f.said))
    return joint.join(said)


def free(d, zh, chosen):
    """Clauses of their own; one condition may carry the alert."""
    lang = 0 if zh else 1
    conditions = [f for f in chosen if f.parts[-1] == "threshold" or f.parts[-1] == "min"]
    alerts = [f for f in chosen if f.type == "alert"]
    done, said = set(), []
    if conditions and alerts and d.chance(0.7):
        some = conditions[:2]
        both = d.word(["或", "、", "或者", ",", ",或"] if zh else [" or ", " or ", ", "]).join(f.free for f in some)
        said.append(fill(d.template(WHEN[lang]), c=both, a=alerts[0].free.removeprefix("就")))
        order = some + alerts[:1] if said[0].find(alerts[0].said) > said[0].find(some[0].free) else alerts[:1] + some
        done = set(map(id, order))
    else:
        order = []
    for f in chosen:
        if id(f) not in done:
            said.append(f.free or fill(d.template(PAIRS[lang]) if f.type != "string" else "{k}:{v}" if zh else "{k}: {v}", k=f.name, v=f.said))
            order.append(f)
    return d.word([",", ",", ";", "、"] if zh else [", ", ", ", "; ", " and ", ", and "]).join(said), order


def canonical(f):
    return "_".join("min" if p == "min_unit" else p for p in f.parts)


def asked_key(d, f):
    """Another key for a field, made of known words."""
    if f.type == "alert":
        return shapes.key_style(d, d.word(ALERT_KEYS))
    if not f.name.isascii() and d.chance(0.06):
        return plain(f.name)
    parts = [d.word(KEY_WORDS.get(p, [p.replace("_unit", "")])) if d.chance(0.6) else p.replace("_unit", "") for p in f.parts]
    if parts and f.parts[-1] in ("threshold", "max", "min", "target") and d.chance(0.3):
        parts = parts[-1:] + parts[:-1]
    if f.unit and d.chance(0.25):
        parts = parts[:-1]
    return shapes.key_style(d, "_".join(parts).split("_"))


def one_word(key):
    """Held out are keys built of known words: a word alone would not be known then."""
    return key.isascii() and key[1:].islower() and "_" not in key


def asked_type(d, f):
    if f.type == "alert":
        return [shapes.choices(d, f.value, list(ALERTS), 3, 6)] if d.chance(0.7) else ["string"]
    if isinstance(f.type, list):
        return shapes.choices(d, f.value, f.type, 2, 4) if d.chance(0.7) else "string"
    return f.type


def with_shape(d, zh, chosen):
    """(shape, answer): a shape of some of the fields, in any order, and now and then an optional key that nothing is said about.

    In training ? tells less of what is said, and there is more of both: what is said and not asked for, and the other way round."""
    picked = d.rng.sample(chosen, max(1, len(chosen) - (1 if d.chance(0.35 if d.train else 0.25) else 0)))
    if d.chance(0.4):
        picked = [f for f in chosen if f in picked]
    want, shape = {}, {}
    for f in picked:
        key = canonical(f) if d.chance(0.4) else d.value(lambda f=f: asked_key(d, f), known=one_word)
        if key in shape:
            continue
        t = asked_type(d, f)
        shape[key] = t + "?" if isinstance(t, str) and d.chance(0.35 if d.train else 0.1) else t
        want[key] = f.value
    while d.chance(0.45 if d.train else 0.35):
        f = d.word(MAKERS)(d, zh)
        if f.type != "alert" and not isinstance(f.type, list) and all(f.parts[:1] != g.parts[:1] for g in chosen):
            key = canonical(f)
            if key not in shape:
                shape = insert(d, shape, key, f.type + "?")
    return shape, {k: want[k] for k in shape if k in want}


def insert(d, shape, key, type_):
    items = list(shape.items())
    items.insert(d.rng.randint(0, len(items)), (key, type_))
    return dict(items)


def example(d):
    """Half of the questions have a shape; of the training's, where it is what takes longest to learn, more have."""
    zh = d.chance(0.55)
    lang = 0 if zh else 1
    chosen = fields(d, zh)
    if d.chance(0.6):
        said = pairs(d, zh, chosen)
    else:
        said, chosen = free(d, zh, chosen)
    if d.chance(0.3):
        said = d.template(BEFORE[lang]) + said
    if d.chance(0.3):
        said += d.template(AFTER[lang])
    if not zh and d.chance(0.2):
        said = said[:1].upper() + said[1:]
    if d.chance(0.25 if d.train else 0.5):
        return said, {canonical(f): f.value for f in chosen}, None
    shape, want = with_shape(d, zh, chosen)
    return said, want, shape
