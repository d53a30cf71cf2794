//! What names an illness, a specialty, a procedure or a result in other languages than the product's.
//!
//! A net, not a proof: words that are common in another sense are left out, and whoever approves a version reads it too. Each
//! list was written for this purpose from general vocabulary of the specialties in the English list.

/// How a language's words are looked for.
pub(super) struct Tongue {
    /// Beginnings of words.
    pub stems: &'static str,
    /// Whole words.
    pub whole: &'static str,
    /// Anywhere in the text, for scripts that part no words or put endings and articles before them. Parted by bars, because
    /// one can be of several words.
    pub anywhere: &'static str,
}

/// Beginnings of the words of medicine that European languages share, as they spell them.
pub(super) const SHARED: &str = "onkolog onkoloj oncolog oncoleg kardiolog kardiyoloj kardiol cardiolog cardioleg psychiatr \
    psiquiatr psichiatr psihiatr psikiyatr seiciatr psycholog psicolog psicól psiholog psikoloj seicoleg dermatoloj dermatoleg \
    ginekolog ginecolog jinekoloj gynäkolog gynécolog gynaecoleg urológ uroloj üroloj neuroloj nöroloj neurológ nevrolog \
    niwroleg reumatolog reumatoloj romatoloj rhumatolog hematolog radioterap radiothér strahlentherap chemioterap chemothérap \
    quimioterap chimioterap chimiothér kemoterap cemotherap endoskop koloskop kolonoskop coloscop biops biyops biópsi mamogra \
    mammograf hepatit epileps épileps alzheimer chlamyd klamyd syfil sifil tuberkul tuberculos";

const NONE: Tongue = Tongue { stems: "", whole: "", anywhere: "" };

pub(super) fn of(language: &str) -> Tongue {
    match language {
        "cs" => Tongue {
            stems: "rakovin nádor srdeč plicní jatern ledvin těhoten diagnóz diagnost výsled depres sexuáln potrat",
            whole: "srdce plíce játra mozek rakovina hiv prs prsa",
            ..NONE
        },
        "cy" => Tongue {
            stems: "canser tiwmor beichiog erthyl diagnos canlyniad ysgyfaint aren iselder rhywiol diabet",
            whole: "calon bron llygad llygaid sgan hiv croen clust",
            ..NONE
        },
        "de" => Tongue {
            stems: "krebs tumor lungen leber niere schwanger abtreib befund diagnos depress brust sexual suchth hautarzt \
                hautklinik augenklinik augenarzt herzklinik herzzentrum herzambulanz frauenklinik nerven",
            whole: "herz lunge hirn hiv haut hno",
            ..NONE
        },
        "es" => Tongue {
            stems: "cáncer cancer tumor pulmon embaraz abort diagnóst diagnost resultad depres sexual cardíac cardiac",
            whole: "corazón pulmón hígado riñón riñones cerebro piel mama sida vih ojos",
            ..NONE
        },
        "fr" => Tongue {
            stems: "cancer tumeur pulmon grossess avort diagnosti résultat dépress sexuel cardia",
            whole: "cœur coeur poumon poumons foie rein reins cerveau peau ivg sida vih irm scanner enceinte yeux",
            ..NONE
        },
        "it" => Tongue {
            stems: "cancro tumor polmon gravidanz abort diagnos risultat referto depress sessual cardiac",
            whole: "cuore fegato rene reni cervello pelle seno aids hiv occhi",
            ..NONE
        },
        "pl" => Tongue {
            stems: "nowotw serc płuc wątrob nerek nerki mózg piersi ciąż poronien aborcj seksualn wynik diagnoz rozpozna depresj \
                cukrzyc weneryczn",
            whole: "rak raka rakiem raku hiv skóra skóry oczy",
            ..NONE
        },
        "pt" => Tongue {
            stems: "câncer cancro tumor pulmon gravidez abort diagnóst resultad depress sexual cardíac",
            whole: "coração pulmão pulmões fígado rim rins cérebro pele sida hiv olhos mama",
            ..NONE
        },
        "ro" => Tongue {
            stems: "cancer tumor plămân sarcin avort diagnost rezultat depres sexual cardiac",
            whole: "inimă inima inimii ficat rinichi creier piele sida hiv sân",
            ..NONE
        },
        "so" => Tongue {
            stems: "kansar sambab maskax natiij baaritaan",
            whole: "wadne wadnaha wadnahaaga beerka kelyaha hiv aids uurka",
            ..NONE
        },
        "tr" => Tongue {
            stems: "kanser tümör akciğer karaciğer böbrek gebelik hamile kürtaj teşhis sonuc sonuç depresyon cinsel",
            whole: "kalp kalbiniz beyin deri hiv aids göz meme",
            ..NONE
        },
        "uk" => Tongue {
            stems: "пухлин онколог кардіолог психіатр психолог дерматолог гінеколог уролог невролог серц легень печін нирк \
                вагітн аборт діагноз діагност результат депрес статев хіміотерап туберкульоз",
            whole: "рак раку раком віл снід шкіра мозок очі",
            ..NONE
        },
        "vi" => Tongue {
            anywhere: "ung thư|tim mạch|phổi|tâm thần|trầm cảm|kết quả|chẩn đoán|tình dục|mang thai|phá thai|da liễu|phụ khoa|hiv",
            ..NONE
        },
        "ar" => Tongue {
            anywhere: "سرطان|أورام|قلبية|القلب|نفسية|النفسي|اكتئاب|تشخيص|إجهاض|إيدز|الإيدز|الكبد|الكلى|جلدية|نتائج",
            ..NONE
        },
        "fa" => Tongue {
            anywhere: "سرطان|تومور|قلب|روانپزشک|روان‌پزشک|افسردگی|تشخیص|بارداری|سقط|ایدز|کبد|کلیه|پوست|نتیجه آزمایش",
            ..NONE
        },
        "ur" => Tongue {
            anywhere: "کینسر|سرطان|امراض قلب|نفسیات|نفسیاتی|تشخیص|اسقاط|ایڈز|جگر|گردے|جلد کے|نتائج",
            ..NONE
        },
        "zh" => Tongue {
            anywhere: "癌|肿瘤|腫瘤|心脏|心臟|心内科|精神|抑郁|抑鬱|诊断|診斷|怀孕|懷孕|流产|流產|艾滋|愛滋|肝病|肾|腎|皮肤科|皮膚科|妇科|婦科|\
                化疗|化療|放疗|放療|性病|检查结果|檢查結果",
            ..NONE
        },
        "hi" => Tongue {
            anywhere: "कैंसर|ट्यूमर|हृदय|मनोरोग|अवसाद|निदान|गर्भ|एड्स|त्वचा रोग", ..NONE
        },
        "bn" => Tongue {
            anywhere: "ক্যান্সার|ক্যানসার|টিউমার|হৃদরোগ|মানসিক|রোগ নির্ণয়|গর্ভ|এইডস", ..NONE
        },
        "gu" => Tongue {
            anywhere: "કેન્સર|હૃદય|માનસિક|નિદાન|ગર્ભ|એઇડ્સ", ..NONE
        },
        "pa" => Tongue {
            anywhere: "ਕੈਂਸਰ|ਦਿਲ ਦੇ|ਮਾਨਸਿਕ|ਗਰਭ|ਏਡਜ਼", ..NONE
        },
        "ta" => Tongue {
            anywhere: "புற்றுநோய்|இதய|மனநல|கர்ப்ப|எய்ட்ஸ்|தோல் நோய்", ..NONE
        },
        _ => NONE,
    }
}
