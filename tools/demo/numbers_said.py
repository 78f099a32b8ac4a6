"""Numbers and times as people write and say them, in Chinese and English. Must not know any task."""

DIGITS = "零一二三四五六七八九"
ONES = ("zero one two three four five six seven eight nine ten "
    "eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen").split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()


def chinese(n):
    """0 to 999."""
    if n < 10:
        return DIGITS[n]
    if n < 20:
        return "十" + (DIGITS[n - 10] if n > 10 else "")
    if n < 100:
        return DIGITS[n // 10] + "十" + (DIGITS[n % 10] if n % 10 else "")
    rest = n % 100
    tail = "" if rest == 0 else "零" + DIGITS[rest] if rest < 10 else DIGITS[rest // 10] + "十" + (DIGITS[rest % 10] if rest % 10 else "")
    return DIGITS[n // 100] + "百" + tail


def english(n):
    """0 to 99."""
    if n < 20:
        return ONES[n]
    return TENS[n // 10] + ("-" + ONES[n % 10] if n % 10 else "")


def spoken(d, n, zh):
    """The number, now and then in words."""
    if isinstance(n, int) and 0 <= n < (1000 if zh else 100) and d.chance(0.08):
        return chinese(n) if zh else english(n)
    return str(n)


def clock(d, zh):
    """(as said, "HH:MM"). The minute is mostly a multiple of five."""
    step = 5 if d.chance(0.8) else 1
    hhmm = d.value(lambda: f"{d.rng.randrange(24):02}:{d.rng.randrange(0, 60, step):02}")
    h, m = int(hhmm[:2]), int(hhmm[3:])
    form = d.rng.randrange(4)
    if form == 0:
        return (hhmm if d.chance(0.6) else f"{h}:{m:02}"), hhmm
    if zh:
        return (chinese_clock(d, h, m, form), hhmm)
    return (english_clock(d, h, m), hhmm)


def chinese_clock(d, h, m, form):
    if form == 1:  # 16点30分
        return f"{h}点" + (f"{m}分" if m else "")
    part = "凌晨" if h < 6 else d.word(["早上", "上午", "早晨"]) if h < 11 else "中午" if h < 13 else "下午" if h < 18 else d.word(["晚上", "晚"])
    h12 = h - 12 if h > 12 else h
    hour = chinese(h12) if d.chance(0.5) else str(h12)
    if hour == "二":
        hour = "两"
    if m == 0:
        return part + hour + d.word(["点", "点整", "点钟"])
    if m == 30:
        return part + hour + "点半"
    if m == 15 and d.chance(0.7):
        return part + hour + "点一刻"
    if m == 45 and d.chance(0.7):
        return part + hour + "点三刻"
    return part + hour + "点" + (chinese(m) if m > 9 and d.chance(0.5) else f"{m:02}") + d.word(["", "分"])


def english_clock(d, h, m):
    h12 = h % 12 or 12
    half = d.word(["am", "AM", "a.m."]) if h < 12 else d.word(["pm", "PM", "p.m."])
    part = "in the morning" if h < 12 else "in the afternoon" if h < 18 else "in the evening"
    if m == 0:
        return f"{h12}{d.word([' ', ''])}{half}" if d.chance(0.7) else f"{h12} o'clock {part}"
    if m == 30 and d.chance(0.3):
        return f"half past {ONES[h12]} {part}"
    return f"{h12}:{m:02}{d.word([' ', ''])}{half}"
