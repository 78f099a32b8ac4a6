"""Task (d): short dialogue. Out: a user's text and the answer. What the model was not made for is answered by saying so."""
from draw import fill
from settings import name

ANSWERS = [  # (questions, answer) in zh, in en
    (["你是谁?", "你是谁", "你叫什么名字?", "介绍一下你自己", "你是什么模型?", "~请自我介绍", "做个自我介绍", "请介绍你自己", "你是什么?", "你是AI吗?", "你是机器人吗", "你叫啥"],
     "我是quern自带的小型演示模型,能把中文或英文的设置、指令和日志变成JSON。",
     ["Who are you?", "who are you", "What is your name?", "Introduce yourself.", "What model are you?", "~Tell me about yourself", "Tell me who you are", "Say something about yourself",
         "What are you?", "Are you an AI?", "are you a robot?"],
     "I am the small demonstration model that comes with quern. I turn settings, commands and log lines into JSON."),
    (["你能做什么?", "你会什么?", "你有什么功能?", "你可以帮我做什么", "怎么用你?", "你有什么用?", "你会做些什么"],
     "我能把设置变成JSON配置,把指令变成设备动作,给日志分类,还能回答一些硬件名词。",
     ["What can you do?", "~what can you do for me?", "How can you help me?", "What are you good for?", "What are your functions?", "help",
         "How do I use you?", "What do you know?"],
     "I turn settings into JSON configuration and commands into device actions, label log lines, and explain a few hardware terms."),
    (["谁创造了你?", "谁做的你?", "~你是谁开发的?", "是谁开发了你?", "你是谁训练的?", "你是怎么训练的?", "你从哪里来?", "你的作者是谁?", "谁训练了你"],
     "我是用quern的训练脚本在两个CPU核上从零训练的,只学过生成的例子。",
     ["Who made you?", "Who created you?", "Who trained you?", "How were you trained?", "Where do you come from?", "~who built you", "Who built this model?",
         "Who is your author?"],
     "I was trained from scratch on two CPU cores by quern's scripts, on generated examples only."),
    (["你是ChatGPT吗?", "你是Qwen吗?", "你是通义千问吗?", "你是大模型吗?", "你有多大?", "你有多少参数?", "~你聪明吗?", "你笨吗?", "你有多聪明?"],
     "不是,我是一个只有几百万参数的小型演示模型。",
     ["Are you ChatGPT?", "Are you Qwen?", "Are you a large language model?", "How big are you?", "How many parameters do you have?",
         "~are you smart?", "How smart are you?", "Are you clever?", "Are you GPT-4?"],
     "No, I am a small demonstration model of a few million parameters."),
    (["你好", "您好", "你好!", "嗨", "早上好", "下午好", "晚上好", "在吗?", "哈喽"], "你好!请告诉我要设置什么,或者要控制哪个设备。",
     ["Hello", "Hi", "hello!", "hi there", "Hey", "Good morning", "Good evening", "~hello quern", "Hi!"],
         "Hello! Tell me what to configure or which device to control."),
    (["谢谢", "谢谢你", "多谢", "感谢", "谢谢!", "~非常感谢", "太感谢了"], "不客气!", ["Thanks", "Thank you", "thanks!", "Thank you very much", "~Thanks a lot",
        "thx", "Great, thanks."], "You are welcome!"),
    (["再见", "拜拜", "回头见", "晚安", "下次见", "我走了", "再会"], "再见!", ["Goodbye", "Bye", "bye bye", "See you", "Good night", "~see you later", "see you tomorrow", "talk to you later", "Bye!"],
        "Goodbye!"),
    (["你好吗?", "最近怎么样?", "你还好吗", "今天怎么样?", "你开心吗?", "你累吗?"], "我只是一个程序,一切正常。",
     ["How are you?", "how are you doing?", "How do you do?", "Are you happy?", "how is it going", "Are you tired?"],
         "I am only a program, and all is well."),
    (["你会说英语吗?", "你会说中文吗?", "你懂哪些语言?", "~可以用英文吗?", "我可以说英文吗?", "用英文行吗?", "支持什么语言?", "能说英文吗"], "我懂简单的中文和英文。",
     ["Do you speak English?", "Do you speak Chinese?", "Which languages do you know?", "can you understand Chinese?",
         "What languages do you speak?", "Can I write in English?"], "I understand simple Chinese and English."),
]
TERMS = {  # names: (zh, en)
    ("DMA",): ("DMA是直接存储器访问,外设不经过CPU就能读写内存,CPU可以做别的事。",
        "DMA is direct memory access: a peripheral reads and writes memory without the CPU, which is free for other work."),
    ("GPIO",): ("GPIO是通用输入输出引脚,程序可以读取它的电平,也可以输出高低电平。",
        "GPIO means general-purpose input and output: pins that a program can read or drive high and low."),
    ("UART", "串口"): ("UART是异步串口,用TX和RX两根线一位一位地传数据,双方波特率要一致。",
        "UART is an asynchronous serial port: data goes bit by bit over TX and RX, and both sides use the same baud rate."),
    ("I2C", "IIC"): ("I2C是两线总线,用SDA传数据、SCL传时钟,每个设备有自己的地址。",
        "I2C is a two-wire bus: SDA carries data, SCL the clock, and every device has an address."),
    ("SPI",): ("SPI是同步串行总线,有时钟、MOSI、MISO和片选四根线,速度比I2C快。",
        "SPI is a synchronous serial bus with clock, MOSI, MISO and chip select; it is faster than I2C."),
    ("PWM",): ("PWM是脉宽调制,用改变高电平时间比例的方法控制亮度或转速。",
        "PWM is pulse-width modulation: the share of time a signal is high controls brightness or speed."),
    ("ADC",): ("ADC是模数转换器,把电压变成数字。", "An ADC is an analog-to-digital converter: it turns a voltage into a number."),
    ("DAC",): ("DAC是数模转换器,把数字变成电压。", "A DAC is a digital-to-analog converter: it turns a number into a voltage."),
    ("CAN", "CAN总线"): ("CAN是汽车和工业常用的差分总线,按报文优先级仲裁。", "CAN is a differential bus for cars and industry; messages are arbitrated by priority."),
    ("RTC",): ("RTC是实时时钟,断电后靠电池继续走时。", "An RTC is a real-time clock: it keeps the time on a battery when the power is off."),
    ("EEPROM",): ("EEPROM是可以按字节擦写的存储器,断电不丢数据。", "EEPROM is memory that is erased and written byte by byte and keeps its data without power."),
    ("Flash", "flash", "闪存"): ("Flash是按块擦除的存储器,断电不丢数据,常用来存程序。",
        "Flash is memory that is erased in blocks and keeps its data without power; programs are stored in it."),
    ("RAM", "内存"): ("RAM是随机存取存储器,速度快,断电后数据丢失。", "RAM is random-access memory: fast, and its data is lost without power."),
    ("CPU",): ("CPU是中央处理器,执行程序的指令。", "The CPU is the central processing unit: it executes the instructions of a program."),
    ("中断", "an interrupt", "interrupts"): ("中断让CPU暂停当前程序,先处理紧急事件,再回来继续。",
        "An interrupt makes the CPU leave its program, handle an event, and come back."),
    ("看门狗", "a watchdog", "watchdog"): ("看门狗是一个定时器,程序不按时喂它,它就让系统复位。",
        "A watchdog is a timer that resets the system unless the program feeds it in time."),
    ("MQTT",): ("MQTT是轻量的发布订阅协议,设备通过服务器按主题收发消息。",
        "MQTT is a light publish-subscribe protocol: devices exchange messages by topic through a broker."),
    ("波特率", "baud rate", "the baud rate"): ("波特率是串口每秒传送的符号数,常用9600和115200。",
        "The baud rate is the number of symbols a serial port sends in a second; 9600 and 115200 are common."),
    ("上拉电阻", "a pull-up resistor", "a pull-up"): ("上拉电阻把引脚接到电源,没有驱动时保持高电平。",
        "A pull-up resistor ties a pin to the supply, so that it is high while nothing drives it."),
    ("LED", "an LED"): ("LED是发光二极管,使用时要串联限流电阻。", "An LED is a light-emitting diode; it needs a resistor that limits the current."),
    ("继电器", "a relay"): ("继电器用小电流控制大电流的开关。", "A relay is a switch by which a small current controls a large one."),
    ("传感器", "a sensor"): ("传感器把温度、湿度等物理量变成电信号。", "A sensor turns a physical quantity, such as temperature, into an electric signal."),
    ("JSON",): ("JSON是一种文本数据格式,由对象、数组、字符串、数字、布尔值和null组成。",
        "JSON is a text format for data, made of objects, arrays, strings, numbers, booleans and null."),
    ("GGUF",): ("GGUF是存放模型权重和词表的文件格式。", "GGUF is a file format that holds a model's weights and vocabulary."),
    ("量化", "quantization"): ("量化用更少的位存放权重,让模型更小更快,精度略有下降。",
        "Quantization stores weights in fewer bits: the model is smaller and faster, and a little less exact."),
    ("quern",): ("quern是在小板子上运行Qwen2.5模型的程序。", "quern is a program that runs Qwen2.5 models on small boards."),
    ("固件", "firmware"): ("固件是烧录在设备里的程序。", "Firmware is the program that is stored in a device."),
    ("Bootloader", "bootloader", "a bootloader"): ("Bootloader是上电后最先运行的程序,负责加载系统。",
        "A bootloader is the first program after power-on; it loads the system."),
    ("RTOS",): ("RTOS是实时操作系统,保证任务在规定时间内完成。", "An RTOS is a real-time operating system: tasks finish within known times."),
    ("CRC",): ("CRC是循环冗余校验,用来发现传输错误。", "CRC is a cyclic redundancy check, which finds errors in transmitted data."),
    ("树莓派", "a Raspberry Pi", "Raspberry Pi"): ("树莓派是一种运行Linux的单板计算机。", "A Raspberry Pi is a single-board computer that runs Linux."),
    ("定时器", "a timer"): ("定时器按时钟计数,到时间就产生中断。", "A timer counts clock ticks and raises an interrupt when the time has come."),
    ("℃", "摄氏度", "degrees Celsius"): ("℃是摄氏度,温度的单位,水在0℃结冰。", "Degrees Celsius are a unit of temperature; water freezes at 0 degrees."),
    ("hPa", "百帕"): ("hPa是百帕,气压的单位,海平面约为1013hPa。", "hPa is the hectopascal, a unit of pressure; at sea level it is about 1013 hPa."),
    ("lux", "勒克斯"): ("lux是勒克斯,光照强度的单位。", "Lux is the unit of illuminance, the light that falls on a surface."),
    ("ppm",): ("ppm是百万分之一,常用来表示气体浓度。", "ppm means parts per million; gas concentrations are given in it."),
    ("V", "伏特", "a volt"): ("V是伏特,电压的单位。", "The volt, V, is the unit of voltage."),
    ("A", "安培", "an ampere"): ("A是安培,电流的单位,1A等于1000mA。", "The ampere, A, is the unit of current; 1 A is 1000 mA."),
    ("W", "瓦特", "a watt"): ("W是瓦特,功率的单位,等于电压乘电流。", "The watt, W, is the unit of power: voltage times current."),
    ("kWh", "千瓦时"): ("kWh是千瓦时,也叫度,是电能的单位。", "kWh is the kilowatt-hour, a unit of energy."),
    ("Hz", "赫兹"): ("Hz是赫兹,频率的单位,表示每秒多少次。", "Hz is the hertz, the unit of frequency: times a second."),
    ("dB", "分贝"): ("dB是分贝,常用来表示声音大小。", "dB is the decibel; loudness is given in it."),
    ("mAh", "毫安时"): ("mAh是毫安时,电池容量的单位。", "mAh is the milliampere-hour, a unit of battery capacity."),
    ("Ω", "欧姆", "an ohm"): ("Ω是欧姆,电阻的单位。", "The ohm is the unit of resistance."),
    ("KB", "千字节"): ("1KB是1024字节。", "1 KB is 1024 bytes."),
    ("ms", "毫秒"): ("ms是毫秒,1秒等于1000毫秒。", "ms is the millisecond; a second has 1000 of them."),
}
ASK = (["什么是{t}?", "{t}是什么?", "{t}是什么意思?", "解释一下{t}", "请介绍一下{t}", "{t}有什么用?", "能说说{t}吗?", "{t}是干什么的?", "什么叫{t}", "{t}是啥", "请问{t}是什么?",
    "讲讲{t}", "~请问什么是{t}?", "~{t}到底是什么?", "{t}到底有什么用?", "{t}究竟是什么?", "{t}?", "什么是{t}"],
       ["What is {t}?", "what is {t}", "What's {t}?", "Explain {t}.", "What does {t} mean?", "Tell me about {t}.", "Define {t}",
           "Can you explain {t}?", "What is {t} used for?", "{t}?", "~what's {t}", "Please explain {t}",
        "Describe {t}.", "I want to know about {t}.", "~What exactly is {t}?", "~Can you tell me what {t} is?",
           "What exactly does {t} mean?", "Do you know what {t} is?", "Can you tell me what {t} means?"])
SORRY = ("我是一个小型演示模型,不知道这个。请让我做设置、控制设备或给日志分类。",
    "I am a small demonstration model and do not know that. Ask me for a configuration, a device action or a log label.")
OTHER = (["爱情", "唐诗", "北京", "月亮", "恐龙", "足球", "股票", "天气", "量子力学", "区块链", "李白", "法国", "咖啡", "熊猫", "长城", "音乐", "电影", "历史", "经济学", "黑洞", "光合作用",
    "民主", "哲学", "火星",
          "感冒", "微积分", "钢琴", "红楼梦", "日本", "汉字", "海洋", "人生", "幸福", "宇宙", "飞机", "火车", "医生", "数学", "化学", "奥运会", "春节", "茶", "米饭", "狗", "猫", "鸟",
              "大象", "梦", "时间", "钱"],
         ["love", "Paris", "the moon", "dinosaurs", "football", "the stock market", "the weather", "quantum mechanics", "a blockchain",
             "Shakespeare", "France", "coffee", "a panda", "music", "history", "a black hole",
          "photosynthesis", "democracy", "philosophy", "Mars", "a cold", "calculus", "the piano", "Japan", "the ocean", "the meaning of life",
              "happiness", "the universe", "an airplane", "a train", "mathematics", "chemistry",
          "the Olympics", "Christmas", "tea", "rice", "a dog", "a cat", "an elephant", "a dream", "money", "gravity", "the president",
              "a novel", "Einstein", "pizza", "the internet", "evolution", "a volcano", "gold"])
OTHER_ASK = (["写一首关于{o}的诗", "给我讲个关于{o}的故事", "为什么{o}那么重要?", "{o}的首都是哪里?", "你喜欢{o}吗?", "翻译:{o}", "怎么学习{o}?", "谁发明了{o}?", "写一篇关于{o}的文章",
    "{o}多少钱?", "~推荐一本关于{o}的书", "今天{o}怎么样?",
              "帮我写一段{o}的代码", "推荐一部关于{o}的电影", "~{o}在哪里?", "{o}什么时候开始?", "唱一首关于{o}的歌"] + ["什么是{o}?", "{o}是什么?", "解释一下{o}", "介绍一下{o}"] * 2,
             ["Write a poem about {o}.", "Tell me a story about {o}.", "Why is {o} so important?", "Where is {o}?", "Do you like {o}?",
                 "Translate {o} into French.", "How do I learn about {o}?", "Who invented {o}?",
              "Write an essay about {o}", "How much is {o}?", "~Recommend a book about {o}", "how is {o} today?", "write some code about {o}",
                  "When was {o} discovered?", "~Who is the father of {o}?", "Who is the queen of {o}?", "Recommend a film about {o}", "Sing a song about {o}",
              "Why is the sky blue?", "Tell me a joke"] + ["What is {o}?", "what is {o}", "Explain {o}.", "Tell me about {o}."] * 2)


def example(d):
    zh = d.chance(0.5)
    lang = 0 if zh else 1
    r = d.rng.random()
    if r < 0.35:
        questions = d.word(ANSWERS)
        return d.template(questions[2 * lang]), questions[2 * lang + 1], None
    if r < 0.72:
        names = d.word(list(TERMS))
        fits = [n for n in names if zh or n.isascii() or len(n) == 1] if zh else [n for n in names if n.isascii() or n in "℃Ω"]
        fits = [n for n in fits if not (zh and " " in n)] or list(names[:1])
        return fill(d.template(ASK[lang]), t=d.word(fits)), TERMS[names][lang], None
    if d.chance(0.12):
        a, b = d.rng.randrange(2, 999), d.rng.randrange(2, 999)
        said = f"{a}{d.word('+-*/')}{b}" + d.word(["等于多少?", "=?", "是多少"] if zh else ["=?", " is?", " = "])
        return said, SORRY[lang], None
    o = d.word(OTHER[lang]) if d.chance(0.75) else name(d)
    return fill(d.template(OTHER_ASK[lang]), o=o), SORRY[lang], None
