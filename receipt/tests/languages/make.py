#!/usr/bin/env python3
"""Makes `languages.json`: receipts in many languages, and the octets of those
that a common printer has the letters for.

    python3 make.py

The octets come from Python's codecs, and the numbers of the code tables from
Epson's list of `ESC t`: neither from the crate that the file is to test.
"""

import json
from pathlib import Path

# The numbers of `ESC t`.
TABLES = {
    "cp437": 0, "cp850": 2, "cp860": 3, "cp863": 4, "cp865": 5, "cp857": 13, "cp737": 14,
    "cp1252": 16, "cp866": 17, "cp852": 18, "cp858": 19, "cp775": 33, "cp855": 34, "cp861": 35,
    "cp862": 36, "cp1125": 44, "cp1250": 45, "cp1251": 46, "cp1254": 48, "cp1257": 51,
}

# How many of a hundred characters tesseract 5.3 must read of each: three fewer than it does.
READ_PERCENT = {
    "eng": 97, "deu": 97, "fra": 97, "spa": 97, "por": 97, "pol": 97, "ces": 97, "tur": 97,
    "ell": 93, "rus": 97, "bul": 94, "heb": 97, "jpn": 93, "chi_sim": 97, "chi_tra": 97,
    "kor": 92, "ara": 94, "fas": 94, "tha": 87, "vie": 95, "kat": 83, "hye": 84,
}

# Language, language of tesseract, the printer's table or two-byte system, rows.
SENT = [
    ("English", "eng", "cp437", ["Two flat whites and a cinnamon bun", "Total 11.80 GBP, thank you"]),
    ("German", "deu", "cp858", ["Käsespätzle mit Röstzwiebeln 21,80 €", "Vielen Dank, süße Grüße aus Köln"]),
    ("French", "fra", "cp858", ["Café crème et gâteau à la pêche 7,60 €", "Merci, à bientôt chez nous, garçon"]),
    ("Spanish", "spa", "cp437", ["¿Mañana también? ¡Sí, señor!", "Jamón y piña 12,40, muchas gracias"]),
    ("Portuguese", "por", "cp858", ["Pão com maçã e três cafés 9,30", "Obrigado, até amanhã, coração"]),
    ("Italian", None, "cp437", ["Caffè più cornetto, così è", "Totale 4,20, perché no"]),
    ("Dutch", None, "cp858", ["Koffie met coördinatie 3,80 €", "Bedankt voor uw aankoop, tot ziens"]),
    ("Danish", None, "cp858", ["Tak for købet af æble og ål 45,00"]),
    ("Norwegian", None, "cp858", ["Blåbærsyltetøy på brød 89,00 kr"]),
    ("Swedish", None, "cp437", ["Räksmörgås på ön 129,00 kr, tack"]),
    ("Finnish", None, "cp437", ["Kiitos käynnistä, hyvää yötä 12,50"]),
    ("Icelandic", None, "cp858", ["Takk fyrir, þú ert góð, ævi og ðe 420 kr"]),
    ("Catalan", None, "cp858", ["Gràcies per la compra, col·lecció 3,80 €"]),
    ("Irish", None, "cp858", ["Go raibh maith agat, siúcra agus tae ÁÉÍÓÚ"]),
    ("Polish", "pol", "cp852", ["Żurek z białą kiełbasą 18,50 zł", "Dziękujemy i zapraszamy ponownie"]),
    ("Czech", "ces", "cp852", ["Guláš s knedlíky a žluťoučký čaj 149 Kč", "Děkujeme, přijďte k nám zase"]),
    ("Slovak", None, "cp852", ["Ďakujeme, bryndzové halušky 8,90 a kôň"]),
    ("Hungarian", None, "cp852", ["Köszönjük, árvíztűrő tükörfúrógép 990 Ft"]),
    ("Croatian", None, "cp852", ["Hvala na kupnji, šećer, čaj i džem 5,20"]),
    ("Slovenian", None, "cp852", ["Hvala, češnje, žemlja in šunka 4,10"]),
    ("Albanian", None, "cp437", ["Faleminderit për blerjen, ëndrra 500"]),
    ("Turkish", "tur", "cp857", ["Şekerli Türk kahvesi ve ılık çörek 45,00", "Teşekkürler, yağız şoför, güle güle"]),
    ("Lithuanian", None, "cp775", ["Ačiū, įlinkdama fechtuotojo špaga 3,20"]),
    ("Latvian", None, "cp775", ["Paldies, glāžšķūņa rūķīši 2,40"]),
    ("Estonian", None, "cp437", ["Täname ostu eest, jäääär 5,60"]),
    ("Greek", "ell", "cp737", ["Ελληνικός καφές και σπανακόπιτα 6,40", "Ευχαριστούμε πολύ, καλημέρα σας"]),
    ("Russian", "rus", "cp866", ["Пельмени со сметаной и чай 350,00", "Спасибо за покупку, приходите ещё"]),
    ("Ukrainian", None, "cp1125", ["Борщ із пампушками, її ґанок 120,50"]),
    ("Bulgarian", "bul", "cp866", ["Шопска салата и баница 14,20 лв", "Благодарим ви за покупката"]),
    ("Serbian", None, "cp855", ["Хвала, љубав и џем, ђак 320,00"]),
    ("Macedonian", None, "cp855", ["Ви благодариме, ѓубре и ќебе 150"]),
    # Hebrew goes to the printer as it is to stand on the paper.
    ("Hebrew", "heb", "cp862", ["קפה הפוך ועוגת שוקולד 38.50", "תודה רבה ולהתראות"]),
    ("Japanese", "jpn", "shift_jis", ["抹茶ラテとチーズケーキ 1,280 円", "ありがとうございました"]),
    ("Chinese", "chi_sim", "gb18030", ["红烧牛肉面和绿茶 合计 28.00 元", "谢谢光临 欢迎再来"]),
    ("Traditional Chinese", "chi_tra", "big5", ["珍珠奶茶和滷肉飯 合計 280 元", "謝謝光臨 歡迎再來"]),
    ("Korean", "kor", "euc_kr", ["비빔밥과 녹차 합계 12,800 원", "감사합니다 또 오세요"]),
]

# What common printers do not have, or print letter by letter where letters join.
DRAWN = [
    ("Arabic", "ara", ["قهوة عربية مع تمر 12.50", "شكرا لزيارتكم ومع السلامة"]),
    ("Persian", "fas", ["چای و پسته گرم با گز 45.00", "خوش آمدید و سپاس از خرید شما"]),
    ("Thai", "tha", ["ข้าวผัดกุ้งกับน้ำชาเย็น 120.00", "ขอบคุณที่ใช้บริการค่ะ"]),
    ("Vietnamese", "vie", ["Phở bò đặc biệt và cà phê sữa đá 85.000", "Cảm ơn quý khách, hẹn gặp lại"]),
    ("Georgian", "kat", ["ხაჭაპური და ჩაი 12.50 ლარი", "გმადლობთ, მობრძანდით კიდევ"]),
    ("Armenian", "hye", ["Խորոված և սուրճ 1250 դրամ", "Շնորհակալություն գնման համար"]),
    ("Kazakh", None, ["Рахмет, қайта келіңіз, өте дәмді 950 ₸"]),
    ("Mongolian", None, ["Баярлалаа, дахин ирээрэй, үхрийн мах өө"]),
    ("Yiddish", None, ["אַ דאַנק פֿאַר אײַער קױפֿן 12.50"]),
    ("Hausa", None, ["Na gode, ɗan ƙaramin ɓangare 250"]),
]

def visual(text):
    """A row of Hebrew as it stands on paper: from the right, its numbers from the left."""
    words = text.split(" ")
    return " ".join(word if word[0].isdigit() else word[::-1] for word in reversed(words))


def octets(codec, text):
    """What prints a row. ASCII is the same in all of them."""
    return (visual(text) if codec == "cp862" else text).encode(codec).hex()


def reader(tesseract):
    """Who reads it, if anybody, and how well."""
    return {"tesseract": tesseract, "read_percent": READ_PERCENT[tesseract]} if tesseract else {}


def main():
    sent = [
        {
            "language": language,
            **reader(tesseract),
            "codec": codec,
            "table": TABLES.get(codec),
            "rows": rows,
            "octets": [octets(codec, row) for row in rows],
        }
        for language, tesseract, codec, rows in SENT
    ]
    drawn = [
        {"language": language, **reader(tesseract), "rows": rows}
        for language, tesseract, rows in DRAWN
    ]
    file = Path(__file__).with_name("languages.json")
    file.write_text(json.dumps({"sent": sent, "drawn": drawn}, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
