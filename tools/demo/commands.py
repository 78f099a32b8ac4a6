"""Task (b): a spoken command to a device action in JSON. Out: a user's text, the answer, and the shape when there is one.

A room is part of the answer where it says which device is meant ("the lamp in the bedroom"), not where it is only the reason ("the bedroom is
too dark"), unless the shape asks for it.
"""
from draw import SEAM, fill
from numbers_said import chinese, clock, spoken
import shape as shapes

# device: (zh, en, actions)
SWITCHED = ("turn_on", "turn_off")
LEVEL = SWITCHED + ("increase", "decrease", "set")
DOOR = ("open", "close")
LOCK = ("lock", "unlock")
RUN = ("start", "stop")
DEVICES = {
    "light": (["灯", "灯光", "电灯", "灯", "台灯", "吸顶灯"], ["light", "lights", "lamp"], LEVEL),
    "air_conditioner": (["空调", "空调", "冷气"], ["air conditioner", "AC", "air conditioning", "air con"], LEVEL),
    "fan": (["风扇", "电风扇", "电扇"], ["fan", "electric fan"], LEVEL),
    "humidifier": (["加湿器"], ["humidifier"], LEVEL),
    "dehumidifier": (["除湿机", "除湿器", "抽湿机"], ["dehumidifier"], LEVEL),
    "heater": (["暖气", "取暖器", "电暖器", "地暖"], ["heater", "heating", "radiator"], LEVEL),
    "air_purifier": (["空气净化器", "净化器"], ["air purifier", "purifier"], LEVEL),
    "speaker": (["音箱", "音响", "喇叭"], ["speaker", "speakers", "stereo"], LEVEL),
    "tv": (["电视", "电视机"], ["TV", "tv", "television"], LEVEL),
    "water_heater": (["热水器"], ["water heater", "boiler"], LEVEL),
    "exhaust_fan": (["排气扇", "换气扇", "排风扇", "抽油烟机"], ["exhaust fan", "extractor fan", "ventilator"], LEVEL),
    "oven": (["烤箱"], ["oven"], ("turn_on", "turn_off", "set")),
    "fridge": (["冰箱"], ["fridge", "refrigerator"], ("set", "increase", "decrease")),
    "rice_cooker": (["电饭煲", "电饭锅"], ["rice cooker"], SWITCHED),
    "kettle": (["热水壶", "电水壶"], ["kettle"], SWITCHED),
    "socket": (["插座", "插排"], ["socket", "outlet", "plug"], SWITCHED),
    "camera": (["摄像头", "监控"], ["camera", "security camera"], SWITCHED),
    "alarm": (["警报器", "警报", "报警器"], ["alarm", "siren"], SWITCHED),
    "projector": (["投影仪", "投影"], ["projector"], SWITCHED),
    "router": (["路由器"], ["router"], SWITCHED),
    "curtain": (["窗帘"], ["curtain", "curtains", "blinds"], DOOR),
    "window": (["窗户", "窗"], ["window", "windows"], DOOR),
    "door": (["门", "大门", "房门"], ["door", "front door"], DOOR),
    "garage_door": (["车库门", "卷帘门"], ["garage door"], DOOR),
    "valve": (["阀门", "水阀"], ["valve", "water valve"], DOOR),
    "lock": (["门锁", "智能锁"], ["door lock", "smart lock"], LOCK),
    "robot_vacuum": (["扫地机器人", "扫地机", "吸尘器"], ["robot vacuum", "vacuum", "vacuum cleaner"], RUN),
    "washing_machine": (["洗衣机"], ["washing machine", "washer"], RUN),
    "pump": (["水泵", "抽水泵"], ["pump", "water pump"], RUN),
    "sprinkler": (["洒水器", "喷灌", "浇水器", "灌溉系统"], ["sprinkler", "sprinklers", "irrigation"], RUN),
}
ROOMS = {
    "living_room": (["客厅"], ["living room"]), "bedroom": (["卧室", "房间"], ["bedroom"]), "master_bedroom": (["主卧"], ["master bedroom"]),
    "guest_room": (["客房"], ["guest room"]), "kids_room": (["儿童房"], ["kids room", "children's room"]), "kitchen": (["厨房"], ["kitchen"]),
    "bathroom": (["浴室", "卫生间", "洗手间"], ["bathroom"]), "study": (["书房"], ["study"]), "balcony": (["阳台"], ["balcony"]),
    "dining_room": (["餐厅"], ["dining room"]), "hallway": (["走廊", "玄关"], ["hallway", "corridor"]), "garage": (["车库"], ["garage"]),
    "basement": (["地下室"], ["basement"]), "garden": (["花园", "院子"], ["garden", "yard"]), "office": (["办公室"], ["office"]),
    "warehouse": (["仓库"], ["warehouse"]), "greenhouse": (["大棚", "温室"], ["greenhouse"]), "meeting_room": (["会议室"], ["meeting room",
        "conference room"]),
    "attic": (["阁楼"], ["attic"]), "gym": (["健身房"], ["gym"]),
}
# action: (zh, en); {d} the device with its room, {v} the value
SAID = {
    "turn_on": (["打开{d}", "开{d}", "把{d}打开", "~开一下{d}", "开一开{d}", "把{d}开开", "开启{d}", "请开{d}", "{d}打开", "~将{d}打开", "启动{d}", "打开一下{d}", "把{d}给我打开"],
                ["turn on {d}", "switch on {d}", "turn {d} on", "~switch {d} on", "power on {d}", "put {d} on", "activate {d}",
                    "please turn on {d}", "start up {d}"]),
    "turn_off": (["关闭{d}", "关掉{d}", "把{d}关了", "关{d}", "把{d}关掉", "关上{d}", "把{d}关上", "{d}关掉", "~将{d}关闭", "~关一下{d}", "关一关{d}", "{d}关了吧", "停用{d}"],
                 ["turn off {d}", "switch off {d}", "turn {d} off", "~switch {d} off", "shut off {d}", "power off {d}", "shut down {d}",
                     "please turn off {d}", "deactivate {d}"]),
    "increase": (["调高{d}", "把{d}调高一点", "{d}调高", "把{d}调大", "{d}开大一点", "把{d}开大点", "调大{d}", "{d}再高一点", "~把{d}调高", "把{d}再调高些", "加大{d}", "增大{d}", "把{d}调强一些",
        "{d}调高一档"],
                 ["turn up {d}", "turn {d} up", "increase {d}", "raise {d}", "make {d} stronger", "set {d} higher", "turn {d} up a bit",
                     "crank up {d}", "~turn up {d} a little", "raise {d} a little"]),
    "decrease": (["调低{d}", "把{d}调低一点", "{d}调低", "把{d}调小", "{d}开小一点", "把{d}关小点", "调小{d}", "{d}再低一点", "~把{d}调低", "把{d}再调低些", "减小{d}", "降低{d}", "把{d}调弱一些",
        "{d}调低一档"],
                 ["turn down {d}", "turn {d} down", "decrease {d}", "lower {d}", "make {d} weaker", "set {d} lower", "turn {d} down a bit",
                     "reduce {d}", "~turn down {d} a little", "lower {d} a little"]),
    "set": (["把{d}调到{v}", "{d}调到{v}", "{d}设为{v}", "~将{d}设置为{v}", "{d}设置为{v}", "将{d}调到{v}", "把{d}设成{v}", "{d}开到{v}", "把{d}定到{v}", "设置{d}到{v}", "{d}调成{v}", "把{d}设定为{v}"],
            ["set {d} to {v}", "~turn {d} to {v}", "put {d} at {v}", "adjust {d} to {v}", "change {d} to {v}", "{d} to {v}",
                "~please set {d} to {v}", "make {d} {v}", "turn {d} up to {v}", "please put {d} at {v}"]),
    "open": (["打开{d}", "把{d}打开", "开{d}", "拉开{d}", "开一下{d}", "把{d}开开", "~请打开{d}", "{d}打开"], ["open {d}", "please open {d}", "open up {d}",
        "~can you open {d}", "get {d} open", "leave {d} open"]),
    "close": (["关上{d}", "把{d}关上", "关闭{d}", "关{d}", "拉上{d}", "把{d}关了", "~把{d}关好", "{d}关上", "{d}要关好", "关好{d}"], ["close {d}", "shut {d}", "please close {d}",
        "pull {d} shut", "close up {d}", "~please shut {d}"]),
    "lock": (["锁上{d}", "把{d}锁上", "锁{d}", "{d}上锁", "~把{d}锁好", "{d}锁上", "{d}要锁好", "锁好{d}"], ["lock {d}", "~please lock {d}", "lock up {d}", "secure {d}",
        "make sure {d} is locked", "engage {d}"]),
    "unlock": (["解锁{d}", "把{d}解锁", "打开{d}", "~{d}解锁", "开{d}", "解开{d}"], ["unlock {d}", "~please unlock {d}", "open {d}", "release {d}",
        "disengage {d}", "unlatch {d}"]),
    "start": (["启动{d}", "打开{d}", "让{d}开始工作", "开始运行{d}", "让{d}干活", "运行{d}", "~{d}开始工作", "{d}开始运行", "把{d}启动"], ["start {d}", "run {d}",
        "~please start {d}", "get {d} going", "start up {d}", "launch {d}", "begin running {d}"]),
    "stop": (["停止{d}", "让{d}停下", "关掉{d}", "停下{d}", "让{d}停止工作", "~{d}停止", "{d}停止运行", "停掉{d}", "把{d}停了"], ["stop {d}", "halt {d}", "~please stop {d}",
        "make {d} stop", "end {d}", "pause {d}"]),
}
# why: what follows from it. (zh, en); {r} is a room or "it"
WHY = {
    ("humidifier", "increase"): (["{r}太干了", "{r}好干", "{r}空气太干燥", "{r}有点干"], ["{r} is too dry", "the air in {r} is dry", "{r} feels dry"]),
    ("dehumidifier", "increase"): (["{r}太潮了", "{r}好潮湿", "{r}湿气太重"], ["{r} is too damp", "{r} is too humid", "{r} feels damp"]),
    ("air_conditioner", "decrease"): (["{r}太热了", "{r}好热", "{r}热死了", "{r}有点热"], ["{r} is too hot", "it is hot in {r}", "{r} feels hot"]),
    ("heater", "increase"): (["{r}太冷了", "{r}好冷", "{r}有点冷", "{r}冻死了"], ["{r} is too cold", "it is cold in {r}", "{r} is freezing"]),
    ("light", "turn_on"): (["{r}太暗了", "{r}好黑", "{r}看不清"], ["{r} is too dark", "it is dark in {r}"]),
    ("light", "decrease"): (["{r}太亮了", "{r}光线太刺眼"], ["{r} is too bright", "the light hurts my eyes in {r}"]),
    ("air_purifier", "turn_on"): (["{r}空气不好", "{r}灰尘太多"], ["the air in {r} is bad", "{r} is dusty"]),
    ("window", "open"): (["{r}太闷了", "{r}好闷"], ["{r} is stuffy", "it is stuffy in {r}"]),
    ("speaker", "decrease"): (["{r}太吵了", "{r}声音太大"], ["{r} is too loud", "it is loud in {r}"]),
    ("exhaust_fan", "turn_on"): (["{r}油烟太大", "{r}有异味"], ["{r} is smoky", "it smells in {r}"]),
    ("robot_vacuum", "start"): (["{r}地上太脏了", "{r}该打扫了"], ["the floor in {r} is dirty", "{r} needs cleaning"]),
    ("curtain", "close"): (["{r}太阳太晒", "{r}阳光太强"], ["the sun in {r} is too strong", "{r} gets too much sun"]),
    ("sprinkler", "start"): (["{r}的花快干死了", "{r}土太干了"], ["the plants in {r} are dry", "the soil in {r} is dry"]),
}
OF_ROOM = (["{r}的{d}", "{r}{d}", "{r}里的{d}"], ["the {d} in the {r}", "the {r} {d}", "{r} {d}", "the {d} of the {r}"])
BEFORE = (["请", "帮我", "~麻烦", "请帮我", "你好,", "小助手,", "现在", "可以"], ["please ", "can you ", "~could you ", "hey, ", "I want you to ", "now "])
AFTER = (["。", "吧", "!", "谢谢", "好吗?"], [".", "!", " please", ", thanks", " now", "?"])
AT = (["{t}{c}", "~{t}的时候{c}", "在{t}{c}", "{t}时{c}", "到{t}{c}", "{t},{c}", "等到{t}的时候再{c}", "{c},{t}的时候"], ["at {t} {c}", "{c} at {t}", "{c} at {t}", "at {t}, {c}",
    "{c} when it is {t}", "~{c} by {t}", "by {t}, {c}", "{c} around {t}"])
IN = (["{n}分钟后{c}", "过{n}分钟{c}", "{n}分钟之后{c}", "等{n}分钟再{c}"], ["{c} in {n} minutes", "in {n} minutes, {c}", "{c} after {n} minutes",
    "wait {n} minutes, then {c}"])
MODES = {"cool": (["制冷", "制冷模式", "冷风"], ["cool", "cooling", "cool mode"]), "heat": (["制热", "制热模式", "暖风"], ["heat", "heating", "heat mode"]),
         "dry": (["除湿", "除湿模式"], ["dry", "dry mode"]), "auto": (["自动", "自动模式"], ["auto", "auto mode", "automatic"]), "sleep": (["睡眠", "睡眠模式"],
             ["sleep", "sleep mode"])}
HAS_MODE = ("air_conditioner", "fan", "air_purifier", "humidifier", "heater")
DEGREES = ("air_conditioner", "heater", "water_heater", "fridge", "oven")

KEYS = {
    "device": [["device"], ["appliance"], ["target"], ["device", "name"], ["what"], ["name"]],
    "action": [["action"], ["command"], ["cmd"], ["operation"], ["op"], ["do"]],
    "room": [["room"], ["location"], ["place"], ["area"], ["room", "name"], ["where"]],
    "value": [["value"], ["level"], ["setting"], ["target", "value"], ["amount"]],
    "time": [["time"], ["at"], ["start", "time"], ["when"], ["schedule"]],
    "delay_min": [["delay", "min"], ["delay", "minutes"], ["after", "minutes"], ["wait", "min"]],
    "mode": [["mode"], ["work", "mode"]],
}
# Other words for an action, where the shape lists what is allowed.
ACTION_WORDS = {
    "turn_on": ["turn_on", "on", "ON", "enable", "power_on"], "turn_off": ["turn_off", "off", "OFF", "disable", "power_off"],
    "increase": ["increase", "up", "UP", "raise", "turn_up"], "decrease": ["decrease", "down", "DOWN", "lower", "turn_down"],
    "set": ["set", "SET", "adjust"], "open": ["open", "OPEN"], "close": ["close", "CLOSE", "shut"], "lock": ["lock", "LOCK"],
        "unlock": ["unlock", "UNLOCK"],
    "start": ["start", "START", "run"], "stop": ["stop", "STOP", "halt"],
}
ALIKE = (("turn_on", "start", "open", "unlock"), ("turn_off", "stop", "close", "lock")) # never both in one list


def value_said(d, device, zh):
    """(value, as said)"""
    if device in DEGREES:
        n = d.integer(150, 250, 5) if device == "oven" else d.integer(1, 9) if device == "fridge" else d.integer(16,
            31) if device != "water_heater" else d.integer(35, 70)
        s = spoken(d, n, zh)
        return n, s + (d.word(["度", "度", "℃", "摄氏度"]) if zh else d.word([" degrees", " degrees", "C" if s.isdigit() else " degrees", ""]))
    n = d.integer(1, 100)
    if zh:
        return n, d.word([f"{n}%", f"{n}%", "百分之" + (chinese(n) if n < 100 and d.chance(0.5) else str(n)), str(n)])
    return n, d.word([f"{n}%", f"{n} percent", f"{n}"])


def device_said(d, device, room, zh):
    lang = 0 if zh else 1
    said = d.word(DEVICES[device][lang])
    if room:
        return fill(d.word(OF_ROOM[lang]), r=d.word(ROOMS[room][lang]), d=said)
    return said if zh or d.chance(0.2) else "the " + SEAM + said


def because(d, device, action, room, zh, said):
    """A reason before the command; a third of them alone, as the command follows from it."""
    reasons = WHY.get((device, action))
    if not reasons or not d.chance(0.55):
        return said
    why = d.word(reasons[0 if zh else 1])
    if room:
        r = ("" if zh else "the ") + d.word(ROOMS[room][0 if zh else 1])
    else:
        r = d.word(["", "这里", "屋里"]) if zh else "it" if why.startswith("{r}") else "here"
    why = fill(why, r=r)
    if d.chance(0.3):
        return why
    return fill(d.word(["{w},{c}", "{w},{c}", "{w},{c}", "{w} {c}"]) if zh else d.word(["{w}, {c}", "{w}, {c}", "{w}, so {c}", "{w}. {c}"]),
        w=why, c=said)


def command(d, zh):
    """(said, the answer's fields, the room that is only the reason or None)"""
    lang = 0 if zh else 1
    if d.chance(0.25):
        device, action = d.word(list(WHY))
    else:
        device = d.word(list(DEVICES))
        action = d.word(DEVICES[device][2])
    want = {"device": device, "action": action}
    reason = (device, action) in WHY and d.chance(0.6)
    room = d.word(list(ROOMS)) if d.chance(0.55) else None
    words = {"d": device_said(d, device, None if reason else room, zh)}
    if action == "set":
        if device in HAS_MODE and d.chance(0.3):
            want["mode"] = d.word(list(MODES))
            words["v"] = d.word(MODES[want["mode"]][lang])
        else:
            want["value"], words["v"] = value_said(d, device, zh)
    said = fill(d.template(SAID[action][lang]), **words)
    if d.chance(0.15):
        said = d.template(BEFORE[lang]) + said
    if room and not reason:
        want["room"] = room
    if d.chance(0.3):
        t, want["time"] = clock(d, zh)
        said = fill(d.template(AT[lang]), t=t, c=said)
    elif d.chance(0.12):
        want["delay_min"] = d.integer(1, 60)
        said = fill(d.word(IN[lang]), n=spoken(d, want["delay_min"], zh), c=said)
    elif reason:
        said = because(d, device, action, room, zh, said)
        if room and not any(r in said for r in ROOMS[room][lang]):
            room = None
        return said, want, room
    return said, want, None


def with_shape(d, want, reason_room):
    have = dict(want)
    if reason_room and d.chance(0.6):
        have["room"] = reason_room
    keys = list(have)
    if len(keys) > 2 and d.chance(0.25):
        keys.remove(d.word(keys[2:]))
    if d.chance(0.3):
        d.rng.shuffle(keys)
    shape, answer = {}, {}
    for k in keys:
        name = k if d.chance(0.45) else shapes.key_style(d, d.word(KEYS[k]))
        v = have[k]
        if k == "action":
            shape[name] = "string"
            if d.chance(0.6):
                v = d.word(ACTION_WORDS[v])
                others = [d.word(w) for a,
                    w in ACTION_WORDS.items() if not any(have[k] in alike and a in alike for alike in ALIKE) and a != have[k]]
                shape[name] = shapes.choices(d, v, others, 2, 6)
        elif k == "device":
            shape[name] = shapes.choices(d, v, list(DEVICES), 2, 6) if d.chance(0.3) else "string"
        elif k == "room":
            shape[name] = shapes.choices(d, v, list(ROOMS), 2, 6) if d.chance(0.25) else "string"
        elif k == "mode":
            shape[name] = shapes.choices(d, v, list(MODES), 2, 5) if d.chance(0.5) else "string"
        else:
            shape[name] = "integer" if isinstance(v, int) else "string"
        if isinstance(shape[name], str) and k not in ("device", "action") and d.chance(0.2):
            shape[name] += "?"
        answer[name] = v
    for k in ("room", "value", "time", "delay_min", "mode"):
        if k not in have and not (k == "room" and reason_room) and d.chance(0.12):
            shape[k] = "integer?" if k in ("value", "delay_min") else "string?"
    return shape, answer


ORDER = ("device", "action", "value", "mode", "room", "time", "delay_min")


def example(d):
    zh = d.chance(0.6)
    said, want, reason_room = command(d, zh)
    if d.chance(0.25):
        said += d.word(AFTER[0 if zh else 1])
    if not zh and d.chance(0.4):
        said = said[:1].upper() + said[1:]
    want = {k: want[k] for k in ORDER if k in want}
    if d.chance(0.5):
        return said, want, None
    shape, answer = with_shape(d, want, reason_room)
    return said, answer, shape
