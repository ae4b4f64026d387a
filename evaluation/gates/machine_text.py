"""What machines write and read: marks of chats, templates, markup and code, words of our prompt, web addresses."""

CHAT = (
    r"<\|?\s*/?\s*(?:im_start|im_end|endoftext|system|user|assistant|eot_id|begin_of_text|start_header_id|end_header_id|end|s|bos|eos|unk|pad|"
    r"start_of_turn|end_of_turn|think|tool_call|channel|message)\s*\|?>"
    r"|\[/?(?:inst|sys|system|pad|mask|cls|sep|unk|bos|eos)\]|<</?sys>>|< ?\||\| ?>|</?s>|#{2,}"
    r"|(?:^|\s)(?:user|assistant|system|human|ai|bot|model|instruction)\s*:"
)
TEMPLATE = (
    r"\{\{|\}\}|\{%|%\}|\{#|#\}|[$#@]\{|\{\w+\}|<%|%>|\*\||\|\*|%%|\[\[|\]\]|(?:^|[^\d])%[sd]\b|%[a-z]+_?[a-z]+%|\$[a-z]+_[a-z]+|<<[\w ]+>>"
    r"|\[(?:your |the |customer |insert |first |last |brand |product )?\s?(?:name|company|product|brand|link|url|date|price|city|store|address|amount|code)\]"
    r"|\[insert[^\]]*\]|<(?:first|last|customer|user|your)[_ ]?name>|\b(?:first|last|customer|user)_?name\b|\bfname\b|\blorem ipsum\b|\btodo\b|\btbd\b|\bxx+\b"
)
MARKUP = r"<\s*/?\s*[a-z][\w-]*(?:\s[^>]*)?/?>|<!--|-->|&(?:[a-z]{2,8}|#x?[0-9a-f]{2,6});|\*\*|__\w|```|\]\(|^\s*[*•>] |^#+ |<\s*(?:script|img|iframe|svg|a)\b"
CODE = (
    r"\bon(?:error|load|click|mouseover)\s*=|;\s*--|;\s*drop\b|\bdrop table\b|\bunion (?:all )?select\b|\bselect \*|'\s*or\s+'?1'?\s*=|"
    r"^\s*=|^\s*[+@-]\s*[a-z]+\(|\b(?:hyperlink|importxml|webservice|eval|alert|exec)\s*\(|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}"
)
_LABELS = (
    r"facts?(?: ?\d+)?|keep(?: phrases?)?|audience|tone|slot|copy|subject(?: line)?|preheader|headline|opening|cta|sms|push(?: notification)?|"
    r"max(?:imum)?[ _](?:chars?|characters|length)|segment(?: \w+)?|persona(?: \w+)?|output|input|response|prompt|instructions?|option \d|draft(?: (?:one|two|three|\d|[a-d]))?|variant \d|candidate(?: \d)?"
)
PROMPT = (
    rf"(?:^|[\s\"'(.|-])(?:{_LABELS})\s*[:=](?:\s|$)"
    r"|write (?:one|a|an|the|me)\b[^.]{0,30}\b(?:line of|copy|subject|headline|sms)\b|say only what|marketing copy"
    r"|as an ai|(?:large )?language model|knowledge cutoff|i(?:'m| am) (?:sorry|unable|an? (?:ai|assistant|chatbot))"
    r"|i can(?:'t|not) (?:help|assist|write|fulfil|comply|provide)|i hope this helps|let me know if (?:you|this|that|it)\b"
    r"|^(?:sure|certainly|of course|absolutely|okay|ok)(?: thing)?[,!.:]? (?:here(?:'s| is| are)|i)\b"
    r"|\bhere(?:'s| is| are) (?:a|an|the|your|one|some|my)\b[^.]{0,30}\b(?:line|copy|subject|headline|draft|version|text|options?|rewrite|sms|message|example|push|caption)\b"
    r"|\bhere(?:'s| is) (?:a|an|the|your) (?:[a-z]+ )?(?:opening|hook|teaser|tagline|intro) for [^.:]{1,40}:"
    r"|\b(?:(?:as )?per|according to|based on|in line with|following|using) (?:the|your|these|all) (?:\w+ )?(?:facts?|brief|briefing|prompt|instructions?|guidelines)\b"
    r"|\b(?:no|without) (?:\w+ )?(?:claims?|facts?) (?:added|invented|made up|changed)\b|\bfor the (?:segment|persona) of\b"
    r"|\b(?:kept|left|used|worked) (?:both|all|every|the) (?:of the )?(?:keep )?phrases?\b|\btone (?:kept|left|set|is kept)\b|\bin the (?:brief|prompt|approved block)\b|(?-i:\bEND)$"
    r"|\bhave(?:n't| not) (?:added|invented|made up) any(?:thing)?\b|\b(?:facts?|brief) (?:given|provided|supplied|above|listed)\b|\bhope (?:this|these|that) (?:\w+ )?(?:versions?|lines?|copy|drafts?|texts?|helps?)\b|\[(?:end|start|begin)\b[^\]]*\]"
    r"|(?:ignore|disregard|forget) (?:all |any )?(?:of )?(?:the |my |your )?(?:previous|above|prior|earlier|facts|rules|instructions)"
    r"|(?:previous|above|prior) instructions|(?:system|developer) prompt|you are (?:a|an) (?:\w+ )?(?:assistant|copywriter|model|ai)\b"
    r"|the (?:facts|keep phrases|audience|target audience|reader)\b (?:are|is|must|say|above)"
    r"|\b(?:mandatory|required|given|provided|supplied|requested|listed|above|following|approved|source) (?:facts?|phrases?|wording)\b|\bword for word\b|\bverbatim\b"
    r"|\b(?:facts?|phrases?|copy|line|wording|headline|slot)\b[^.]{0,20}\b(?:has|have|had|was|were) (?:all )?(?:been )?(?:kept|used|preserved|included|written|generated|rewritten|followed|shortened)\b"
    r"|\bas (?:requested|instructed|specified|you asked|per (?:the|your) (?:brief|instructions?|guidelines))\b|\bin (?:a|an|the) (?:\w+ )?(?:warm|plain|playful|premium|expert|urgent|reassuring|enthusiastic|brand) (?:tone|voice)\b"
    r"|(?:^|[.!?)] )(?:note|comment|remark|explanation|rationale|reasoning|revision|final version|ps to (?:the )?editor)\s*:"
    r"|\bfor an audience of\b|\b(?:invented|unsupported|made-up|unverified|additional) (?:claims?|facts?|statements?)\b|\bkeep phrases?\b|\btarget audience\b|\bword count\b|\bcharacters? (?:limit|long|max)|\(\d+ characters\)"
)
_DOMAINS = (
    "com|org|net|edu|gov|io|co|uk|de|fr|es|it|nl|be|eu|us|ca|au|info|biz|shop|store|app|dev|ai|xyz|online|site|link|"
    "ly|gl|me|tv|ru|cn|in|ch|at|pl|se|no|dk|fi|ie|nz|jp|br|pt|cz|gr|mx|za|tk|cc|ws|pw|icu|buzz|zip|mov|pro|mobi|name|tech|cloud|"
    "space|website|host|fun|support|email|deals|sale|win|bid|loan|page|blog|world|example|test|invalid|top|club|live|click|news"
)
ADDRESS = (
    r"(?:[a-z][a-z+.-]*|hxxps?)\s?:\s?/\s?/\s?\S+|www\s?\.\s?\S+|\bxn--[\w-]+"
    r"|\b(?:java|vb)script\s*:|\bdata:\w+/|\b(?:mailto|tel|file|blob|intent|whatsapp|ftp):\S"
    rf"|\b[^\W_](?:[\w-]*[^\W_])?(?:\.[\w-]+)*\.(?:{_DOMAINS})\b(?:/\S*)?"
    rf"|[\w-]+ ?(?:\[\.\]|\(\.\)|\[dot\]|\(dot\)| dot |。|．) ?(?:{_DOMAINS})\b|[\w-]+ (?:\. ?|\.)(?:com|org|net|io)\b"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b"
)
