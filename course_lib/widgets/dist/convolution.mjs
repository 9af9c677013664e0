var $=[0,1],B=Number.MAX_SAFE_INTEGER,P=3e3,z={input:[1,32],kernel:[1,11],padding:[0,B],stride:[1,B],dilation:[1,B]},Gt={input:(t,e)=>(2*e**2+3*t**2+t*e+4*e)%10,kernel:(t,e)=>(2*t+e)%4-1};function S({kernel:t,padding:e,dilation:n},r){if(e!=="same")return[e[r],e[r]];let o=n[r]*(t[r]-1);return[Math.floor(o/2),Math.ceil(o/2)]}function x(t,e){let[n,r]=S(t,e);return n+t.input[e]+r}function N({kernel:t,dilation:e},n){return e[n]*(t[n]-1)+1}function J(t,e){return Math.floor((x(t,e)-N(t,e))/t.stride[e])+1}function D(t,e){return(x(t,e)-N(t,e))%t.stride[e]}function lt(t,e,n){let[[r],[o]]=$.map(p=>S(n,p)),{stride:i,dilation:s}=n,[a,c]=$.map(p=>L(J(n,p))),l=e.flatMap((p,m)=>p.map((h,g)=>[m*s[0],g*s[1],h]));return a.map(p=>c.map(m=>l.reduce((h,[g,k,A])=>{let T=t[p*i[0]+g-r]?.[m*i[1]+k-o]??0;return h+T*A},0)))}function V(t,e){let[,n]=z[e];return L(n).map(r=>L(n).map(o=>t[r]?.[o]??Gt[e](r,o)))}function dt(t,e,n){let r=$.map(o=>Ht(t,e,o,n[o]));return r[0].flatMap(o=>r[1].map(i=>({input:[o.input,i.input],kernel:[o.kernel,i.kernel],output:[o.output,i.output]})))}function Ht(t,e,n,r){let o=t.stride[n],i=t.dilation[n],s=L(J(t,n)),a=L(t.kernel[n]),c=(l,p)=>({input:l*o+p*i,kernel:p,output:l});return e==="output"?a.map(l=>c(r,l)):e==="kernel"?s.map(l=>c(l,r)):s.flatMap(l=>a.map(p=>c(l,p))).filter(({input:l})=>l===r)}var L=t=>Array.from({length:t},(e,n)=>n);function ut(t){return W(t,x)+t.kernel[0]*t.kernel[1]+W(t,J)}var W=(t,e)=>e(t,0)*e(t,1);function pt(t,e="kernel",n=!1){let r={conv:t,changed:e,linked:n},o=$.flatMap(c=>Ut(r,c));o.length||(o=$.flatMap(c=>Xt(r,c)));let i=o.length?W(t,x):ut(t);if(!(i>P))return o;let s=x(t,1)>x(t,0)?1:0,a={cells:i,most:P};return[...o,q(r,"cells",s,[e,"padding"],a,[[s],$])]}function Ut(t,e){return Object.keys(z).filter(r=>!Y(t.conv,r,e)).map(r=>{let[o,i]=z[r],s={value:t.conv[r][e],min:o,max:i};return q(t,"range",e,[r],s)})}function Xt(t,e){let{conv:n,changed:r}=t;return n.padding==="same"&&n.stride[e]!==1?[q(t,"same-stride",e,r==="padding"?["padding","stride"]:["stride"],{stride:n.stride[e]})]:N(n,e)<=x(n,e)?[]:[q(t,"fit",e,r==="stride"?["kernel"]:[r,"kernel"],{kernel:n.kernel[e],dilation:n.dilation[e],extent:N(n,e),input:n.input[e],padding:n.padding[e],padded:x(n,e)})]}function q({conv:t,linked:e},n,r,o,i,s=[[r]]){let a=o.flatMap(c=>(e?[$]:s).map(l=>({parameter:c,axes:l,nearest:Bt(t,c,l)})));return{reason:n,axis:r,...i,...a.find(({nearest:c})=>c!==null)??a[0]}}function Bt(t,e,n){let[r,o]=z[e],i=t[e]==="same"?S(t,n[0])[0]:t[e][n[0]];if(!Number.isFinite(i))return null;let s=l=>l>=r&&l<=o&&Wt(Q(t,e,n,l),n),a=Jt(Math.round(i),r,o);if(s(a))return a;let c=Math.min(a,P);for(let l=0;l<=P;l++)for(let p of[c-l,c+l])if(s(p))return p;return Y(t,e,n[0])?null:a}function Q(t,e,n,r){let o=t[e]==="same"?$.map(i=>S(t,i)[0]):t[e];return{...t,[e]:o.map((i,s)=>n.includes(s)?r:i)}}function Wt(t,e){return e.every(n=>ct(t,n))?!$.every(n=>ct(t,n))||ut(t)<=P:!1}function ct(t,e){return Object.keys(z).every(n=>Y(t,n,e))&&N(t,e)<=x(t,e)&&(t.padding!=="same"||t.stride[e]===1)}function Y(t,e,n){let[r,o]=z[e],i=t[e]==="same"?0:t[e][n];return Number.isInteger(i)&&i>=r&&i<=o}var Jt=(t,e,n)=>Math.min(Math.max(t,e),n);function d(t,e={},...n){return mt(document.createElement(t),e,n)}function y(t,...e){return mt(document.createElementNS("http://www.w3.org/1998/Math/MathML",t),{},e)}function mt(t,e,n){for(let[r,o]of Object.entries(e))r.startsWith("on")?t.addEventListener(r.slice(2),o):o!==null&&o!==!1&&t.setAttribute(r,o===!0?"":o);return t.append(...n),t}var ht=()=>`cw-${Math.random().toString(36).slice(2)}`;function ft({label:t,caption:e,sliderLabel:n,min:r,sliderMax:o,onInput:i}){let s=ht(),a=d("input",{class:"cw-number",type:"number",step:1,min:r,inputmode:"numeric",autocomplete:"off","aria-label":t,oninput:()=>i(a.valueAsNumber)}),c=d("input",{class:"cw-slider",type:"range",step:1,min:r,"aria-label":n,oninput:()=>i(c.valueAsNumber)}),l=d("p",{class:"cw-problem",id:s,hidden:!0});return{element:d("div",{class:"cw-field"},d("span",{class:"cw-axis"},e),a,c,l),show:(h,g)=>{Number.isFinite(h)&&a.valueAsNumber!==h&&(a.value=h),Number.isFinite(h)&&(c.max=Math.max(o,h),c.value=h),Qt(a,l,g)}}}function Qt(t,e,n){if(e.hidden=n===null,n===null){t.removeAttribute("aria-invalid"),t.removeAttribute("aria-describedby"),e.replaceChildren();return}if(t.setAttribute("aria-invalid","true"),t.setAttribute("aria-describedby",e.id),e.replaceChildren(n.text),!n.use)return;let r=()=>{n.use.apply(),t.focus()};e.append(" ",d("button",{class:"cw-button",type:"button",onclick:r},n.use.label))}var E={axes:["height","width"],slider:t=>`${t}, slider`,reset:"Reset",unpin:"Unpin",use:t=>`Use ${t}`,size:([t,e])=>`${t} \xD7 ${e}`,edit:t=>`${t}, new value`,notANumber:t=>`\u201C${t}\u201D is not a number. Type one such as 2 or \u22120.5, or press Esc.`,notANumberKept:(t,e)=>`\u201C${t}\u201D is not a number. The cell keeps ${e}.`,play:"Play",pause:"Pause",step:"One step on",back:"One step back",first:"To the start",scrub:t=>`${t}, position`,speed:"Speed",perSecond:t=>`${t} a second`,place:(t,e)=>`${t+1} of ${e}`,formula:{out:"output",input:"input",padding:"padding",dilation:"dilation",kernel:"kernel",stride:"stride"}};var xt=[["row","rows"],["column","columns"]],gt=(t,e)=>`${t} ${xt[e][t===1?0:1]}`,Z=(t,e,n)=>`${t} ${t===1?e:n}`,wt=([t,e])=>`[${t}, ${e}]`,bt={input:"Input size",kernel:"Kernel size",padding:"Padding",stride:"Stride",dilation:"Dilation"},kt=(t,e)=>e===null?bt[t]:`${bt[t]}, ${E.axes[e]}`,u={...E,convolution:"Convolution",parameter:kt,square:"square",squareHelp:"height and width change together",same:"\u201Csame\u201D",samePads:([t,e],n)=>n===0?`${t} above, ${e} below`:`${t} left, ${e} right`,grids:{input:"Input",kernel:"Kernel",output:"Output"},caption:(t,e)=>`${t} ${e}`,padded:(t,e)=>`${t}, padded ${e}`,none:{input:"No input.",kernel:"No kernel.",output:"No output."},padding:"0, padding",droppedCell:t=>`${t}, dropped`,name:(t,e)=>`${t}${wt(e)}`,paddingName:([t,e])=>`padding at row ${t}, column ${e}`,sum:(t,e,n)=>`${t} = ${e} = ${n}.`,longSum:(t,e,n)=>`${t} = ${n}, the sum of ${Z(e,"product","products")}.`,feeds:(t,e,n)=>`${t} = ${e} feeds ${Z(n,"output","outputs")}:`,feedsOne:(t,e)=>`${wt(t)} with weight ${e}`,feedsNone:{dropped:(t,e)=>`${t} = ${e} feeds no output: the floor drops it.`,skipped:(t,e)=>`${t} = ${e} feeds no output: no window has a weight on it.`},multiplies:(t,e,n,r)=>{let o=r?` (${r} of them padding)`:"";return`${t} = ${e} multiplies ${Z(n,"input","inputs")}${o}, one for each output.`},outlined:(t,e,n)=>`${t} = ${e}, ${n?"outlined":"not outlined"}.`,pinned:t=>`Pinned: ${t}`,idle:"Point at a cell to see what it is connected to.",help:"Point at a cell or move to it with the arrow keys. A click or Enter changes an input or a weight and pins an output; Space pins any cell; Esc lets go. On a touch screen, tap to pin and tap again to change. Indices count from 0, as in PyTorch.",outputSize:"Output size",dropped:(t,e,n)=>`${e===0?"Rows":"Columns"}: the floor drops the last ${t===1?xt[e][0]:gt(t,e)} of the padded input, struck through. The next window at stride ${n} does not fit.`,newOutput:t=>`Output ${t}.`,problem:{range:({parameter:t,axes:e,axis:n,min:r,max:o})=>{let i=o===Number.MAX_SAFE_INTEGER?`, ${r} or more`:` from ${r} to ${o}`;return`${kt(t,e.length>1?null:n)} must be a whole number${i}.`},fit:({kernel:t,dilation:e,extent:n,padded:r,axis:o})=>`A kernel of ${gt(t,o)} ${e>1?`with dilation ${e} covers ${n}`:"does not fit"}: the padded input has only ${r}.`,"same-stride":({stride:t})=>`Padding \u201Csame\u201D needs stride 1; the stride is ${t}.`,cells:({cells:t,most:e})=>`This makes ${t.toLocaleString("en")} cells; at most ${e.toLocaleString("en")} are drawn.`}};function St({parameters:t,onValue:e,onSquare:n,onSame:r,onReset:o}){let i=$t(u.same,r),s=Object.entries(t).map(([m,h])=>Yt(m,h,e));s.find(({name:m})=>m==="padding")?.head.append(i.element);let a=$t(u.square,n,u.squareHelp),c=d("button",{class:"cw-button",type:"button",onclick:o},u.reset);return{element:d("div",{class:"cw-controls"},...s.map(m=>m.element),d("div",{class:"cw-switches"},a.element,c)),show:m=>{i.input.checked=!!m.same,a.input.checked=m.linked;for(let h of s){let g=m.problems.filter(({parameter:k})=>k===h.name);h.show(m.values[h.name],g,m.linked,h.name==="padding"&&m.same)}}}}function Yt(t,{min:e,sliderMax:n},r){let o=d("span",{class:"cw-name"},u.parameter(t,null)),i=d("div",{class:"cw-group-head"},o),s=d("p",{class:"cw-note",hidden:!0}),a=(h,g)=>{let k=u.parameter(t,g),A=g===null?"":u.axes[g];return ft({label:k,caption:A,sliderLabel:u.slider(k),min:e,sliderMax:n,onInput:T=>r(t,h,T)})},c=a([0,1],null),l=[a([0],0),a([1],1)],p=d("div",{class:"cw-group"},i,c.element,...l.map(h=>h.element),s);return{name:t,head:i,element:p,show:(h,g,k,A)=>{c.element.hidden=!k;for(let O of l)O.element.hidden=k;c.show(h[0],k?yt(g[0],r):null),l.forEach((O,K)=>{let Dt=g.find(vt=>vt.axis===K);O.show(h[K],k?null:yt(Dt,r))});let T=A&&A.some(([O,K])=>O!==K);s.hidden=!T,s.textContent=T?A.map(u.samePads).join("; "):""}}}function yt(t,e){if(!t)return null;let{parameter:n,axes:r,nearest:o}=t,i=()=>e(n,r,o);return{text:u.problem[t.reason](t),use:o===null?null:{label:u.use(o),apply:i}}}function $t(t,e,n=null){let r=d("input",{type:"checkbox",onchange:()=>e(r.checked)});return{input:r,element:d("label",{class:"cw-check",title:n},r,t)}}function b(t,e=6){return Number.isFinite(t)?String(Number(t.toPrecision(e))).replace("e+","e").replaceAll("-","\u2212"):t>0?"\u221E":t<0?"\u2212\u221E":"?"}var tt=t=>t<0?`(${b(t)})`:b(t);function et(t){let e=t.trim().replaceAll("\u2212","-"),n=Number(e);return e===""||!Number.isFinite(n)?null:n}var w=t=>y("mn",b(t)),M=t=>y("mtext",t),f=t=>y("mo",t),v=(...t)=>y("mrow",f("\u230A"),...t,f("\u230B")),nt=(t,e)=>y("mfrac",y("mrow",...t),y("mrow",...e)),C=(...t)=>d("span",{class:"cw-step"},y("math",y("mrow",...t)));function Et(){let{out:t,input:e,padding:n,dilation:r,kernel:o,stride:i}=E.formula,s=[M(e),f("+"),w(2),f("\xB7"),M(n),f("\u2212"),M(r),f("\xB7"),f("("),M(o),f("\u2212"),w(1),f(")"),f("\u2212"),w(1)];return d("div",{class:"cw-formula"},C(M(t),f("="),v(nt(s,[M(i)])),f("+"),w(1)))}function zt(t,{input:e,pads:n,dilation:r,kernel:o,stride:i}){let[s,a]=n,c=s===a?[w(2),f("\xB7"),w(s)]:[w(s),f("+"),w(a)],l=[w(e),f("+"),...c,f("\u2212"),w(r),f("\xB7"),f("("),w(o),f("\u2212"),w(1),f(")"),f("\u2212"),w(1)],p=e+s+a-r*(o-1)-1,m=[C(M(t),f("="),v(nt(l,[w(i)])),f("+"),w(1)),C(f("="),v(nt([w(p)],[w(i)])),f("+"),w(1))];return p%i&&m.push(C(f("="),v(y("mn",b(p/i,3))),f("+"),w(1))),m.push(C(f("="),w(Math.floor(p/i)+1))),d("div",{class:"cw-formula"},...m)}var At=([t,e])=>`${t},${e}`;function Mt(t){let e=t.reduce((o,i)=>o+i,0),n=Math.max(...t),r=([,o,i])=>e<=24?e<=o:n<=i;return[["low",15,17],["middle",17,21],["high",1/0,1/0]].find(r)[0]}var H=class{constructor({onPoint:e,onPress:n,onEscape:r,onEdit:o,mayEdit:i}){Object.assign(this,{onPoint:e,onPress:n,onEscape:r,onEdit:o,mayEdit:i}),this.cells=[],this.content=[],this.tabStop=[0,0],this.marked=[],this.editor=null,this.note=d("p",{class:"cw-problem",role:"alert",hidden:!0}),this.grid=d("div",{role:"grid",class:"cw-grid",onpointerover:s=>{s.pointerType!=="touch"&&this.#t(s,a=>this.onPoint(a))},onpointerdown:s=>{this.pointerType=s.pointerType},onfocusin:s=>this.#t(s,a=>this.#s(a)),onclick:s=>this.#t(s,a=>this.#n(a,this.pointerType)),onkeydown:s=>this.#a(s)}),this.element=d("div",{class:"cw-grid-box"},this.grid,this.note)}draw(e,{label:n,density:r}){let o=e.length===this.cells.length&&e[0].length===this.cells[0]?.length,i=this.grid.contains(document.activeElement);this.grid.setAttribute("aria-label",n),this.grid.dataset.density=r;let s=o?this.content:[];this.content=e,o||this.#i();let a=e.flat(),c=Math.max(...a.map(({value:p})=>Math.abs(p)),1e-12);this.grid.style.setProperty("--cw-characters",Math.max(...a.map(({text:p})=>p.length)));let l=(p,m)=>c===this.largest&&Object.entries(e[p][m]).every(([h,g])=>s[p]?.[m][h]===g);e.forEach((p,m)=>p.forEach((h,g)=>{!(this.editor!==null&&this.cells[m][g].contains(this.editor))&&!l(m,g)&&Zt(this.cells[m][g],h,c)})),this.largest=this.editor?null:c,i&&!o&&this.cells[this.tabStop[0]][this.tabStop[1]].focus()}mark({current:e,linked:n,tags:r,pinned:o}){for(let s of this.marked)s.classList.remove("is-linked","is-current"),s.removeAttribute("aria-selected"),delete s.dataset.tag;if(this.linked=new Set(n.map(At)),this.marked=n.map(([s,a],c)=>{let l=this.cells[s][a];return l.classList.add("is-linked"),r&&(l.dataset.tag=`\xD7${r[c]}`),l}),!e)return;let i=this.cells[e[0]][e[1]];i.classList.add("is-current"),o&&i.setAttribute("aria-selected","true"),this.marked.push(i)}at([e,n]){return this.content[e][n]}isLinked(e){return this.linked.has(At(e))}#i(){let e=this.content[0].length;this.editor=null,this.marked=[],this.tabStop=[G(this.tabStop[0],this.content.length-1),G(this.tabStop[1],e-1)];let n=()=>d("div",{role:"gridcell",class:"cw-cell",tabindex:-1});this.cells=this.content.map(r=>r.map(n)),this.cells[this.tabStop[0]][this.tabStop[1]].tabIndex=0,this.grid.replaceChildren(...this.cells.map(r=>d("div",{role:"row",class:"cw-row"},...r)))}#t(e,n){let r=e.target.closest(".cw-cell");if(!r||e.target===this.editor)return;let o=this.cells.findIndex(i=>i.includes(r));n([o,this.cells[o].indexOf(r)])}#s([e,n]){this.cells[this.tabStop[0]][this.tabStop[1]].tabIndex=-1,this.tabStop=[e,n],this.cells[e][n].tabIndex=0,this.onPoint(this.tabStop)}#n([e,n],r){this.content[e][n].editable&&this.mayEdit([e,n],r)?this.#r([e,n]):this.onPress([e,n])}#a(e){if(e.target===this.editor||e.altKey||e.metaKey)return;let[n,r]=this.tabStop,o=[this.cells.length-1,this.cells[0].length-1],i={ArrowUp:[n-1,r],ArrowDown:[n+1,r],ArrowLeft:[n,r-1],ArrowRight:[n,r+1],PageUp:[0,r],PageDown:[o[0],r],Home:[e.ctrlKey?0:n,0],End:[e.ctrlKey?o[0]:n,o[1]]},s=!e.ctrlKey&&/^[-−+.\d]$/.test(e.key)&&this.content[n][r].editable;if(i[e.key])this.#c(i[e.key],o);else if(e.key==="Enter")this.#n(this.tabStop,"keyboard");else if(e.key===" ")this.onPress(this.tabStop);else if(e.key==="Escape")this.onEscape();else if(s)this.#r(this.tabStop,e.key);else return;e.preventDefault(),e.stopPropagation()}#c([e,n],r){this.cells[G(e,r[0])][G(n,r[1])].focus()}#r([e,n],r){let o=this.cells[e][n],{name:i,value:s}=this.content[e][n],a=d("input",{class:"cw-editor",type:"text",autocomplete:"off","aria-label":E.edit(i),onkeydown:c=>this.#l(c,[e,n]),onblur:()=>this.#o([e,n],a.value)});a.value=r??b(s,15),this.editor=a,this.#e(null),o.replaceChildren(a),a.focus(),r===void 0&&a.select()}#l(e,n){e.stopPropagation();let{value:r}=this.editor;e.key==="Enter"&&et(r)===null?(this.editor.setAttribute("aria-invalid","true"),this.#e(E.notANumber(r))):(e.key==="Enter"||e.key==="Escape")&&(e.preventDefault(),this.#o(n,e.key==="Enter"?r:null),this.cells[n[0]][n[1]].focus())}#o([e,n],r){if(!this.editor)return;this.editor=null;let o=this.content[e][n];this.cells[e][n].textContent=o.text;let i=r===null?null:et(r);this.#e(r!==null&&i===null?E.notANumberKept(r,o.text):null),i!==null&&i!==o.value&&this.onEdit([e,n],i)}#e(e){this.note.hidden=e===null,this.note.textContent=e??""}};function Zt(t,{value:e,text:n,kind:r,label:o,editable:i},s){t.textContent=n,t.className=`cw-cell ${r} ${e>0?"is-positive":e<0?"is-negative":""}`,t.style.setProperty("--cw-tint",`${Math.round(100*Math.abs(e)/s)}%`);for(let[a,c]of[["aria-label",o],["aria-readonly",i?null:"true"]])c?t.setAttribute(a,c):t.removeAttribute(a)}var G=(t,e)=>Math.min(Math.max(t,0),e);var te=1e3;function Tt(){let t=d("div",{class:"cw-live",role:"status","aria-live":"polite"}),e=null,n=null,r=()=>{n=null,e!==null&&(t.textContent=e,e=null,n=setTimeout(r,te))};return{element:t,say:i=>{e=i,n??=setTimeout(r,0)},stop:()=>clearTimeout(n)}}var Ot=9;function Pt({grid:t,cell:e},n,r){let o={input:ne,kernel:re,output:ee}[t];return o(r[t].at(e),n,r)}function ee({name:t,value:e},n,r){let o=n.map(({input:c,kernel:l})=>{let p=r.input.at(c);return{text:`${tt(p.value)} \xD7 ${tt(r.kernel.at(l).value)}`,kind:p.kind}}),i=b(e),s=o.map(({text:c,kind:l})=>Lt(c,l));return{spoken:o.length>Ot?u.longSum(t,o.length,i):u.sum(t,o.map(({text:c})=>c).join(" + "),i),shown:[d("b",{},t)," = ",...Ct(s," + ")," = ",d("b",{},i)]}}function ne({name:t,value:e,kind:n},r,o){if(r.length===0){let a=n.includes("is-dropped")?"dropped":"skipped";return Nt(u.feedsNone[a](t,b(e)))}let i=u.feeds(t,b(e),r.length),s=r.map(({output:a,kernel:c})=>u.feedsOne(a,b(o.kernel.at(c).value)));return{spoken:`${i} ${s.slice(0,Ot).join(", ")}`,shown:[`${i} `,...Ct(s.map(a=>Lt(a)),", ")]}}function re({name:t,value:e},n,r){let o=n.filter(({input:i})=>r.input.at(i).kind.includes("is-padding")).length;return Nt(u.multiplies(t,b(e),n.length,o))}var Nt=t=>({spoken:t,shown:[t]}),Lt=(t,e="")=>d("span",{class:`cw-term ${e}`},t),Ct=(t,e)=>t.flatMap((n,r)=>r?[e,n]:[n]);var It=`/* One root class: nothing outside .course-widget is touched, and the page's own rules for inputs, buttons and
   paragraphs are undone inside it. Light is the default; data-cw-theme follows the page. */
.course-widget {
  --cw-page: #fff;
  --cw-panel: #f6f7f9;
  --cw-text: #1c2128;
  --cw-muted: #535c67;
  --cw-line: #808891;
  --cw-rule: #d5dae0;
  --cw-positive: #4a9bd4;
  --cw-negative: #e58a3a;
  --cw-strength: 0.5;
  --cw-mark: #a01058;
  --cw-on-mark: #fff;
  --cw-focus: #0a4fae;
  --cw-alarm: #a51d1d;
  --cw-field: #fff;
  color-scheme: light;
  box-sizing: border-box;
  max-width: 100%;
  margin: 0 0 1rem;
  padding: 0.875rem;
  border: 1px solid var(--cw-rule);
  border-radius: 8px;
  background: var(--cw-page);
  color: var(--cw-text);
  font-size: 0.9375rem;
  line-height: 1.45;
  text-align: start;
}
.course-widget[data-cw-theme="dark"] {
  --cw-page: #171b21;
  --cw-panel: #20262e;
  --cw-text: #e8ecf1;
  --cw-muted: #aab4bf;
  --cw-line: #7f8995;
  --cw-rule: #3a424c;
  --cw-positive: #3f8fd0;
  --cw-negative: #cf7420;
  --cw-mark: #ffb4d7;
  --cw-on-mark: #2a0015;
  --cw-focus: #8cc4ff;
  --cw-alarm: #ffa198;
  --cw-field: #11151a;
  color-scheme: dark;
}
.course-widget *, .course-widget *::after, .course-widget *::before { box-sizing: border-box; }
.course-widget [hidden] { display: none !important; }
.course-widget p, .course-widget b, .course-widget span, .course-widget label {
  margin: 0; padding: 0; max-width: none; color: inherit; font-size: inherit; line-height: inherit;
}
.course-widget :is(input, button, select, .cw-cell) { scroll-margin-block: 6rem; }
.course-widget :is(input, button, select, [tabindex]):focus { outline: 0; box-shadow: none; }
.course-widget :is(input, button, select, [tabindex]):focus-visible, .course-widget .cw-cell:focus-within {
  outline: 3px solid var(--cw-focus); outline-offset: 1px; z-index: 2;
}

.course-widget .cw-controls {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(min(11.5rem, 100%), 1fr));
  gap: 0.5rem 1.25rem;
  padding: 0.75rem; border-radius: 6px; background: var(--cw-panel);
}
.course-widget .cw-group-head {
  display: flex; justify-content: space-between; align-items: center; min-height: 1.5rem;
}
.course-widget .cw-name { font-weight: 600; }
.course-widget .cw-field {
  display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.5rem; padding: 2px 0;
}
.course-widget .cw-axis { flex: none; width: 2.75rem; color: var(--cw-muted); }
.course-widget .cw-axis:empty { display: none; }
.course-widget input.cw-number {
  flex: none; width: 3.5rem; height: 1.875rem; margin: 0; padding: 0 0.125rem 0 0.5rem;
  border: 1px solid var(--cw-line);
  border-radius: 4px; background: var(--cw-field); color: var(--cw-text); font: inherit;
  font-variant-numeric: tabular-nums; line-height: 1;
}
.course-widget input.cw-number[aria-invalid] { border: 2px solid var(--cw-alarm); }
.course-widget input.cw-slider {
  flex: 1 1 3.5rem; min-width: 3.5rem; width: 3.5rem; height: 1.875rem; margin: 0; padding: 0; border: 0;
  background: none; accent-color: var(--cw-focus);
}
.course-widget .cw-problem { flex-basis: 100%; color: var(--cw-alarm); font-size: 0.875rem; }
.course-widget .cw-problem::before { content: "\u26A0 " / ""; }
.course-widget .cw-note { color: var(--cw-muted); font-size: 0.875rem; }
.course-widget .cw-switches { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 1rem; }
.course-widget .cw-check {
  display: inline-flex; align-items: center; gap: 0.375rem; min-height: 1.5rem; cursor: pointer;
}
.course-widget .cw-check input {
  width: 1.125rem; height: 1.125rem; margin: 3px; accent-color: var(--cw-focus);
}
.course-widget button.cw-button {
  min-height: 1.75rem; margin: 0; padding: 0 0.625rem; border: 1px solid var(--cw-line); border-radius: 4px;
  background: var(--cw-field); color: var(--cw-text); font: inherit; line-height: 1.2; cursor: pointer;
}
.course-widget button.cw-button:hover { border-color: var(--cw-text); }

.course-widget select.cw-select {
  min-height: 1.875rem; max-width: 100%; margin: 0; padding: 0 0.375rem; border: 1px solid var(--cw-line);
  border-radius: 4px; background: var(--cw-field); color: var(--cw-text); font: inherit;
}
.course-widget .cw-choice { display: inline-flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.5rem; }
.course-widget .cw-tabs { display: flex; flex-wrap: wrap; gap: 0.25rem; border-bottom: 1px solid var(--cw-rule); }
.course-widget button.cw-tab {
  min-height: 1.875rem; margin: 0 0 -1px; padding: 0 0.75rem; border: 1px solid transparent; border-radius: 4px 4px 0 0;
  background: none; color: var(--cw-text); font: inherit; cursor: pointer;
}
.course-widget button.cw-tab[aria-selected="true"] {
  border-color: var(--cw-line) var(--cw-line) var(--cw-page); background: var(--cw-page); font-weight: 600;
}
.course-widget .cw-tab-panel { padding-top: 0.75rem; }
.course-widget .cw-player { display: flex; flex-wrap: wrap; align-items: center; gap: 0.375rem 0.5rem; }
.course-widget .cw-place { min-width: 5rem; color: var(--cw-muted); font-variant-numeric: tabular-nums; }

.course-widget .cw-figure { display: flex; flex-wrap: wrap; gap: 0.75rem 0.625rem; margin: 1rem 0 0.75rem; }
.course-widget .cw-panel { min-width: 0; max-width: 100%; }
.course-widget .cw-caption { font-weight: 600; }
.course-widget .cw-sign { margin-top: 3.75rem; color: var(--cw-muted); font-size: 1.5rem; line-height: 1; }
.course-widget .cw-refusal { max-width: 18rem; min-height: 6rem; padding: 0.5rem 0; color: var(--cw-alarm); }
.course-widget .cw-refusal::before { content: "\u26A0 " / ""; }
.course-widget .cw-grid {
  --cw-size: 2.125rem;
  width: fit-content; max-width: calc(100% + 4px); max-height: 85vh; margin-left: -4px; padding: 4px;
  overflow: auto;
  font-size: 0.875rem; font-variant-numeric: tabular-nums;
}
.course-widget .cw-grid[data-density="middle"] { --cw-size: 1.75rem; font-size: 0.8125rem; }
.course-widget .cw-grid[data-density="high"] { --cw-size: 1.5rem; font-size: 0.75rem; }
.course-widget .cw-row { display: flex; gap: 2px; width: max-content; margin-bottom: 2px; }
.course-widget .cw-cell {
  position: relative; display: flex; flex: none; justify-content: center; align-items: center;
  width: max(var(--cw-size), calc(var(--cw-characters) * 0.58em + 0.5rem)); height: var(--cw-size);
  border: 1px solid var(--cw-line); border-radius: 2px; cursor: default; line-height: 1; white-space: nowrap;
  background: color-mix(
    in srgb, var(--cw-color, var(--cw-page)) calc(var(--cw-tint) * var(--cw-strength)), var(--cw-page)
  );
  user-select: none; touch-action: manipulation;
}
.course-widget .cw-cell:not([aria-readonly]) { cursor: text; }
.course-widget .is-positive { --cw-color: var(--cw-positive); }
.course-widget .is-negative { --cw-color: var(--cw-negative); }
.course-widget .cw-cell.is-padding {
  border-style: dashed; background: var(--cw-page); color: var(--cw-muted);
}
.course-widget .cw-cell.is-dropped {
  border-style: dotted; background: var(--cw-page); color: var(--cw-muted); text-decoration: line-through 2px;
}
.course-widget .cw-cell.is-linked::after {
  content: ""; position: absolute; inset: -2px; border: 2.5px solid var(--cw-mark); border-radius: 3px;
  pointer-events: none;
}
.course-widget .cw-cell.is-current { background: var(--cw-mark); color: var(--cw-on-mark); font-weight: 700; }
.course-widget .cw-cell.is-current[aria-selected] {
  box-shadow: 0 0 0 2px var(--cw-page), 0 0 0 4px var(--cw-mark); z-index: 1;
}
.course-widget .cw-cell[data-tag] { align-items: flex-start; padding-top: 0.3em; }
.course-widget .cw-cell[data-tag]::before {
  content: attr(data-tag) / ""; position: absolute; right: 3px; bottom: 3px; color: var(--cw-mark);
  font-size: 0.6875rem;
  font-weight: 600;
}
.course-widget .cw-grid[data-density="middle"] .cw-cell[data-tag]::before {
  right: 2px; bottom: 1px; font-size: 0.625rem;
}
.course-widget .cw-grid[data-density="high"] .cw-cell[data-tag] { padding-top: 0.15em; font-size: 0.6875rem; }
.course-widget .cw-grid[data-density="high"] .cw-cell[data-tag]::before {
  right: 1px; bottom: 0; font-size: 0.5625rem;
}
.course-widget input.cw-editor {
  width: 100%; min-width: 2.75rem; height: 100%; min-height: 1.5rem; margin: 0; padding: 0 2px; border: 0;
  border-radius: 2px;
  background: var(--cw-field); color: var(--cw-text); font: inherit; text-align: center; z-index: 3;
}
.course-widget .cw-story {
  display: flex; gap: 0.75rem; justify-content: space-between; align-items: flex-start; min-height: 1.875rem;
}
.course-widget .cw-sentence { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.course-widget .cw-term { white-space: nowrap; }
.course-widget .cw-term.is-padding { color: var(--cw-muted); }
.course-widget .cw-sizes { margin-top: 0.75rem; padding-top: 0.625rem; border-top: 1px solid var(--cw-rule); }
.course-widget .cw-formula {
  display: flex; flex-wrap: wrap; gap: 0 0.5rem; align-items: baseline; padding: 0.25rem 0;
}
.course-widget .cw-step math { font-size: 1rem; math-style: normal; }
.course-widget .cw-help { margin-top: 0.5rem; color: var(--cw-muted); font-size: 0.875rem; }
.course-widget .cw-live {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}

/* The book puts a light ground under every HTML output of its dark pages. */
html[data-theme] .bd-content div.cell_output .text_html:has(> [data-course-widget][data-ready="true"]) {
  padding: 0; background: none;
}

@media (max-width: 40rem) {
  .course-widget { padding: 0.625rem; }
  .course-widget .cw-grid[data-density="low"] { --cw-size: 1.875rem; }
  .course-widget .cw-sign { flex-basis: 100%; margin: -0.25rem 0 -0.5rem 0.75rem; }
  .course-widget .cw-step math { font-size: 0.9375rem; math-style: compact; }
}
@media (forced-colors: active) {
  .course-widget .cw-cell.is-linked::after { border-color: Highlight; }
  .course-widget .cw-cell.is-current { outline: 3px solid Highlight; outline-offset: -3px; }
}
@media print {
  .course-widget, .course-widget[data-cw-theme="dark"] {
    --cw-page: #fff; --cw-text: #000; --cw-muted: #444; --cw-line: #777; --cw-mark: #a01058;
    --cw-on-mark: #fff;
    --cw-positive: #4a9bd4; --cw-negative: #e58a3a;
    color-scheme: light; border: 0; padding: 0; print-color-adjust: exact;
  }
  .course-widget :is(.cw-controls, .cw-help, .cw-player, button) { display: none !important; }
  .course-widget .cw-grid { max-height: none; overflow: visible; }
}
`;function jt(t,e=""){for(let[n,r]of[["shared",It],[t,e]]){if(!r||document.head.querySelector(`style[data-course-widgets="${n}"]`))continue;let o=document.createElement("style");o.dataset.courseWidgets=n,o.textContent=r,document.head.append(o)}}function Ft(t){let e=matchMedia("(prefers-color-scheme: dark)"),n=()=>{t.dataset.cwTheme=ie(e)?"dark":"light"},r=new MutationObserver(n);for(let o of Rt())r.observe(o,{attributes:!0});return e.addEventListener("change",n),n(),()=>{r.disconnect(),e.removeEventListener("change",n)}}function ie(t){for(let{dataset:e,attributes:n}of Rt()){if(e.theme)return e.theme==="dark";if(e.jpThemeLight)return e.jpThemeLight==="false";if(e.vscodeThemeKind)return/dark|high-contrast$/.test(e.vscodeThemeKind);if(n.theme)return n.theme.value==="dark"}return t.matches}function Rt(){let t=[];for(let e=window;;e=e.parent){try{t.push(e.document.documentElement,e.document.body??e.document.documentElement)}catch{return t}if(e===e.parent)return t}}var I=["input","kernel","padding","stride","dilation"],j=["input","kernel","output"],se={input:32,kernel:11,padding:10,stride:8,dilation:5},st={grid:"output",cell:[0,0]};function ae({model:t,el:e}){jt("convolution");let n={model:t,linked:!0,selection:st,pinned:!1,live:Tt()};n.controls=le(n,rt(t)),n.grids=Object.fromEntries(j.map(s=>[s,pe(n,s)]));let r=ce(n);ot(n,rt(t)),e.append(r);let o=()=>{n.isPublishing||ot(n,rt(t))};for(let s of I)t.on(`change:${s}`,o);let i=Ft(r);return()=>{for(let s of I)t.off(`change:${s}`,o);n.live.stop(),i()}}var nn={render:ae},rt=t=>Object.fromEntries(I.map(e=>[e,t.get(e)])),F=t=>[t.length,t[0].length],X=(t,e)=>[t(e,0),t(e,1)];function ce(t){t.panels=Object.fromEntries(j.map(i=>{let s=d("p",{class:"cw-caption"}),a=d("p",{class:"cw-refusal"}),c=d("div",{class:"cw-panel"},s,t.grids[i].element,a);return[i,{element:c,caption:s,refusal:a}]}));let e=i=>d("span",{class:"cw-sign","aria-hidden":"true"},i),{input:n,kernel:r,output:o}=t.panels;return t.sentence=d("p",{class:"cw-sentence"}),t.unpin=d("button",{class:"cw-button",type:"button",onclick:()=>qt(t)},u.unpin),t.story=d("div",{class:"cw-story"},t.sentence,t.unpin),t.sizes=d("div",{class:"cw-sizes"}),d("div",{class:"course-widget",role:"group","aria-label":u.convolution,"data-lm-suppress-shortcuts":"true"},t.controls.element,d("div",{class:"cw-figure"},n.element,e("\u2217"),r.element,e("="),o.element),t.story,t.sizes,d("p",{class:"cw-help"},u.help),t.live.element)}function le(t,e){let n=Object.fromEntries(I.map(r=>[r,{min:z[r][0],sliderMax:se[r]}]));return St({parameters:n,onValue:(r,o,i)=>R(t,r,Q(t.draft,r,o,i)),onSquare:r=>de(t,r),onSame:r=>R(t,"padding",{...t.draft,padding:r?"same":X(S,t.draft).map(([o])=>o)}),onReset:()=>{Object.assign(t,{selection:st,pinned:!1,linked:!0}),ot(t,e)}})}function de(t,e){t.linked=e;let n=([r,o])=>[r,e&&o!=="same"?[o[0],o[0]]:o];R(t,"kernel",Object.fromEntries(Object.entries(t.draft).map(n)))}function ot(t,e){let{input:n,kernel:r,padding:o,stride:i,dilation:s}=e;t.values={input:V(n,"input"),kernel:V(r,"kernel")};let a={input:F(n),kernel:F(r),padding:o,stride:i,dilation:s};t.linked&&=Object.values(a).every(c=>c==="same"||c[0]===c[1]),R(t,"kernel",a)}function R(t,e,n){t.draft=n,t.problems=pt(n,e,t.linked).map(o=>({...o,nearest:o.nearest??_t(t.legal)[o.parameter][o.axis]})),t.problems.length===0&&ue(t);let r=n.padding==="same"&&X(S,n);t.controls.show({values:_t(n),problems:t.problems,linked:t.linked,same:r}),me(t)}var _t=t=>t.padding==="same"?{...t,padding:at(t)}:t;function ue(t){let{draft:e,model:n}=t;t.legal=e,t.state={...e,input:U(t,"input"),kernel:U(t,"kernel")};let r=I.filter(o=>JSON.stringify(t.state[o])!==JSON.stringify(n.get(o)));t.isPublishing=!0;for(let o of r)n.set(o,t.state[o]);t.isPublishing=!1,r.length&&n.save_changes()}function U({values:t,draft:e},n){return t[n].slice(0,e[n][0]).map(r=>r.slice(0,e[n][1]))}function pe(t,e){let n=r=>t.selection?.grid===e&&String(t.selection.cell)===String(r);return new H({onPoint:r=>be(t,{grid:e,cell:r}),onPress:r=>{t.pinned=!(t.pinned&&n(r)),_(t,{grid:e,cell:r})},onEscape:()=>t.pinned?qt(t):_(t,null),onEdit:([r,o],i)=>{let[s,a]=e==="input"?at(t.draft):[0,0];t.values[e][r-s][o-a]=i,R(t,e,t.draft)},mayEdit:(r,o)=>o!=="touch"||t.pinned&&n(r)})}var at=t=>X(S,t).map(([e])=>e);function me(t){let{draft:e,problems:n}=t,r=(...l)=>!n.some(({reason:p,parameter:m})=>p==="cells"||p==="range"&&l.includes(m)),o=e.padding==="same"?["kernel","dilation"]:["padding"];t.output=n.length?null:lt(t.state.input,t.state.kernel,e);let i={input:r("input",...o)&&ge(t),kernel:r("kernel")&&it("kernel",U(t,"kernel")),output:t.output&&it("output",t.output)},s=Mt(j.filter(l=>i[l]).map(l=>i[l][0].length));for(let l of j)he(t,l,i[l],s);we(t);let{selection:a}=t,c=a&&t.output&&F(t.grids[a.grid].content);_(t,c&&a.cell.some((l,p)=>l>=c[p])?st:a),t.live.say(t.output?u.newOutput(u.size(F(t.output))):Kt(t,"output"))}function he(t,e,n,r){let o=t.panels[e];t.grids[e].element.hidden=!n,o.refusal.hidden=!!n,o.refusal.textContent=n?"":Kt(t,e),o.caption.textContent=n?fe(t,e,F(n)):u.grids[e],n&&t.grids[e].draw(n,{label:o.caption.textContent,density:r})}function fe({draft:t},e,n){let r=u.caption(u.grids[e],u.size(n));return e!=="input"||String(n)===String(t.input)?r:u.padded(u.caption(u.grids.input,u.size(t.input)),u.size(n))}function Kt({problems:t},e){let n=({reason:o})=>o==="cells",r=e!=="output"&&t.find(n)||t[0];return`${u.none[e]} ${u.problem[r.reason](r)}`}function it(t,e){return e.map((n,r)=>n.map((o,i)=>({name:u.name(t,[r,i]),value:o,text:b(o,4),kind:"",label:null,editable:t!=="output"})))}function ge(t){let{draft:e}=t,n=at(e),r=X(x,e),o=t.problems.length?r:r.map((s,a)=>s-D(e,a)),i=it("input",U(t,"input"));return Array.from({length:r[0]},(s,a)=>Array.from({length:r[1]},(c,l)=>{let p=[a-n[0],l-n[1]],m=i[p[0]]?.[p[1]]??{name:u.paddingName(p),value:0,text:"0",kind:"is-padding",label:u.padding,editable:!1};return a<o[0]&&l<o[1]?m:{...m,kind:`${m.kind} is-dropped`,label:u.droppedCell(m.label??m.text)}}))}function we(t){let{draft:e,problems:n}=t,r=n.length?[]:[0,1],o=r.filter(i=>D(e,i)>0);t.sizes.replaceChildren(d("p",{class:"cw-caption"},u.outputSize),Et(),...r.map(i=>zt(u.axes[i],{input:e.input[i],pads:S(e,i),dilation:e.dilation[i],kernel:e.kernel[i],stride:e.stride[i]})),...o.map(i=>d("p",{class:"cw-note"},u.dropped(D(e,i),i,e.stride[i]))))}function be(t,e){if(!t.pinned)return _(t,e);let n=t.grids[e.grid],{name:r,text:o}=n.at(e.cell);return t.live.say(u.outlined(r,o,n.isLinked(e.cell)))}function qt(t){t.pinned=!1,_(t,t.selection)}function _(t,e){t.selection=e,t.pinned&&=!!(e&&t.output),t.unpin.hidden=!t.pinned,t.story.hidden=!t.output;let n=e&&t.output?dt(t.draft,e.grid,e.cell):[];for(let i of j){if(t.grids[i].element.hidden)continue;let s=i==={input:"output",output:"input"}[e?.grid];t.grids[i].mark({current:e?.grid===i&&t.output?e.cell:null,linked:n.map(a=>a[i]),tags:s?n.map(({kernel:a})=>b(t.grids.kernel.at(a).value,3)):null,pinned:t.pinned})}if(!t.output)return;let{spoken:r,shown:o}=e?Pt(e,n,t.grids):{shown:[u.idle]};t.sentence.replaceChildren(...o),r&&t.live.say(t.pinned?u.pinned(r):r)}export{nn as default};
